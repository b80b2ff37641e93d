"""Reading of imported files as tables.

Only a child process (`child`) reads the files, because they come from outside.
"""
