"""Statements on webhooks and on the history of cases as a log."""
