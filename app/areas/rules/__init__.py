"""Rules of areas without a database: geometry of areas, their repair, and findings."""
