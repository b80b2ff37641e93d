"""Code that all domains share and that does not need Flask: database, errors, actors, clock, ids, changes, jobs."""
