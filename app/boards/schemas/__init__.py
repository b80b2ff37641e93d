"""Request and response schemas of boards."""
