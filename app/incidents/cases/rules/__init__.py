"""Pure rules of incidents.cases."""
