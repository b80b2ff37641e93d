"""Input and documentation of the register."""
