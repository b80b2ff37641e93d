"""SQL of the OGC doors, over the tables of the domains: an audience reads what it composes."""
