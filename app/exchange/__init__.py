"""Imports from other systems and exports to files, with one row contract for the CLI and for HTTP."""
