"""SQL of Open311."""
