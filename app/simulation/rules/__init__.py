"""A simulated day: pure. The same input and seed give the same day."""
