"""Pure functions of a simulated day. The same input and seed give the same day."""
