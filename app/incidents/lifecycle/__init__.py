"""Transitions of a case after its first dispatch: handling, checks, pauses, contests."""
