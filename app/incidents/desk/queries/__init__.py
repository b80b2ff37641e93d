"""SQL of incidents.desk."""
