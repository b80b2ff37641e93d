"""Rules of the register: pure functions without database or I/O."""
