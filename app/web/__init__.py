"""The web front ends: serves the files that are built from web/. The front ends use the public API only."""
