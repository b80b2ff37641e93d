"""Who may take a demand, in which order, and why: pure."""
