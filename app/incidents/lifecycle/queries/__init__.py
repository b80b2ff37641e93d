"""SQL of incidents.lifecycle."""
