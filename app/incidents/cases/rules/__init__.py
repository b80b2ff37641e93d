"""Rules of cases: life cycle, names and presence. Pure functions without database or I/O."""
