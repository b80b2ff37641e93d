"""Imports of files from other systems, and exports to files.

The command line and HTTP use the same rules for columns and rows (`rules.contract`).
"""
