"""Pure rules of incidents.reporting."""
