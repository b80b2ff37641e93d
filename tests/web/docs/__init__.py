"""The page at /api/docs in a real browser."""
