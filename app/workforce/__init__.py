"""Workers, skills, duty, shifts, responsibility, positions."""
