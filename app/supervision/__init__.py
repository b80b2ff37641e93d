"""Audience: the supervisors' board."""
