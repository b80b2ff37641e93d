"""Pure rules of boards."""
