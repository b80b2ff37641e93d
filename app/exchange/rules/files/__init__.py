"""Reading files as tables. Only the child process (`child`) reads them, on request of the service."""
