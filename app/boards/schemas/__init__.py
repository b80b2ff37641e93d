"""Input and documentation of boards."""
