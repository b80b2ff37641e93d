"""Routes that serve the built files of the web front ends."""
