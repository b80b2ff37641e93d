"""Routes that serve the files of the web front ends, which are built from web/ and use the public API only."""
