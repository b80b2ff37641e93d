"""The web front ends: files that are built from web/, as they came out, for browsers. They call the public API alone."""
