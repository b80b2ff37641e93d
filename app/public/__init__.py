"""The door for people without an account: reports, public views of cases, secret links, releases to the public.

Cases themselves belong to `app.incidents`; this package calls its services.
"""
