"""How fast Gridward is, and how much of that the database alone would give: see README.md."""
