"""Day plans of workers (visits, cases, patrols in order), and the coverage of grids by patrols."""
