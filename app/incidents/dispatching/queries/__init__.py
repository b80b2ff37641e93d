"""SQL of incidents.dispatching."""
