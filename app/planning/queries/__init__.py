"""SQL statements on day plans, coverage of grids by patrols, and random draws (lots)."""
