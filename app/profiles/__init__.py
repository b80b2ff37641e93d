"""Profiles: the rules of each jurisdiction (a city), stored as versioned JSON documents.

A document has sections such as taxonomy (the categories of cases), calendar, deadlines and dispatch.
"""
