"""Adapter between granian's event loop and Flask: requests, event streams, files, and locks of uploads in progress."""
