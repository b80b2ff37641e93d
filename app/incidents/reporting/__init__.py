"""New cases from reports, and what may be the same matter."""
