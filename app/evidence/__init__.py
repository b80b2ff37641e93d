"""What stands behind a change of the rules, and what came after it.

A version of a profile cites cases, ratings and signals (tables of `profiles`). This package checks that they exist and that
the author sees them, shows them to readers who see them, and compares a figure before and after the version.
"""
