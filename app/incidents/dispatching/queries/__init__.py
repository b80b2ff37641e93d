"""SQL statements of dispatch that read or change cases (package `incidents.dispatching`)."""
