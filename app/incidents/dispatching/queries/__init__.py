"""Statements of incidents.dispatching."""
