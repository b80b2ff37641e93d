"""SQL of imports and exports."""
