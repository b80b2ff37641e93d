"""SQL of jurisdictions and profile versions."""
