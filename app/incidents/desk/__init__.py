"""What a supervisor's desk does with cases: correct, merge, note, print, import, in bulk."""
