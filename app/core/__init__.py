"""Platform without Flask: database, errors, actors, clock, ids, changes, jobs."""
