"""SQL statements on cases that wait for a worker or may lose one (package `incidents.dispatching`)."""
