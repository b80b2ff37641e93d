"""Audience: the field apps. What a phone holds, what changed since, and what it did while it was offline."""
