"""Eligibility, ranking, offers, explanations."""
