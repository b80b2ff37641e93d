"""Requests and responses of synchronisation."""
