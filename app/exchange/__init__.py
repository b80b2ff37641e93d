"""What other systems hand over, row by row, and what goes back: one row contract for the CLI and for HTTP."""
