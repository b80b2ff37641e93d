"""Places in words: search for named places, and the nearest address or landmark of a point.

Triggers of premises and areas write the table (`migrations/places_0084.sql`); this package reads it.
"""
