"""Reading of files as tables. The service lets a child process (`child`) read them; no other process does."""
