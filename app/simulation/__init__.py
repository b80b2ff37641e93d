"""Days lived again in simulated time under other rules of dispatch. Reads the database, and writes nothing."""
