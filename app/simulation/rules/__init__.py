"""Pure functions that simulate a day. The same input and seed give the same result."""
