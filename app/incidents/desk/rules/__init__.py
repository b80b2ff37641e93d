"""Pure rules of incidents.desk."""
