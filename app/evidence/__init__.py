"""Evidence of changes of the rules, and the figure before and after them.

A version of a profile cites cases, ratings and signals (tables of `profiles`). This package checks that they exist and that
the author sees them, shows them to readers who see them, and compares a figure before and after the version.
"""
