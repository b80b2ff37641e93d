"""Day plans of workers (visits, cases, patrols), and the coverage of grids by patrols."""
