"""Reports that open cases, and the search for duplicates (other cases of the same problem)."""
