"""SQL statements on deadlines (package `incidents.deadlines`)."""
