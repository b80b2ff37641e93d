"""Reports that open cases, and the search for cases of the same matter."""
