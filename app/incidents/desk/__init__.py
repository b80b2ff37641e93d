"""Use cases of a supervisor's desk: correct, merge, note, print, import, act in bulk."""
