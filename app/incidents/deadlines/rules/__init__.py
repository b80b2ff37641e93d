"""Pure rules of incidents.deadlines."""
