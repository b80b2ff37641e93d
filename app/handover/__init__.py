"""The work of an absent worker goes to a substitute."""
