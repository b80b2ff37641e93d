"""Statements on messages."""
