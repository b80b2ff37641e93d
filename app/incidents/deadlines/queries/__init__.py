"""SQL of incidents.deadlines."""
