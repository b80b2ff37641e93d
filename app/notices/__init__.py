"""Notices to households: drafts, addressees, delivery, answers, coverage.

A notice is addressed by areas, kinds of premises, care tags and a geometry. One statement (`queries/addressees.py`) decides
who is reached, in the preview and in the publication, which stores the addressees.
"""
