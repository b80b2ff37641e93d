"""Statements of incidents.lifecycle."""
