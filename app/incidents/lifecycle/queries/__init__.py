"""SQL statements of the transitions of cases (package `incidents.lifecycle`)."""
