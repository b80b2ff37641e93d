"""Profiles: a jurisdiction's rules as versioned data.

A profile is a JSON document with sections such as taxonomy, calendar, deadlines and dispatch.
"""
