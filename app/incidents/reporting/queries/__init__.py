"""SQL of incidents.reporting."""
