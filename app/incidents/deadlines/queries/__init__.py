"""Statements of incidents.deadlines."""
