"""SQL statements on new reports (package `incidents.reporting`)."""
