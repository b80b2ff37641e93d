"""Pure rules of sync."""
