"""Pure rules of incidents.lifecycle."""
