"""The maps of Gridward beside other servers of OGC APIs, on the same rows in the same database: see ../README.md."""
