"""Pages of a supervisor: the board, the queue, the load of workers, and contests of figures."""
