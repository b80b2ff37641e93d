"""Open311 GeoReport v2: lets portals of residents read services and requests, and send reports and updates.

It stores no cases of its own. Reports go through `app.public`, under the same rules as those of the public pages.
"""
