"""Reports, reporters, life cycle, deadlines."""
