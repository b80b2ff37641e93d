"""SQL of exchange."""
