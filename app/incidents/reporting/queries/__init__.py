"""Statements of incidents.reporting."""
