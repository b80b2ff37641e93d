"""SQL of integrity."""
