"""Pure rules of integrity."""
