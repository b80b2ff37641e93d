"""Reading, writing and checking of files of the base map."""
