"""Cases: reports, reporters, life cycle, deadlines and dispatch. A case is an `incident`."""
