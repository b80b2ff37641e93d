"""SQL of incidents.cases."""
