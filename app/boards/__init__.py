"""The pages of a supervisor: the board, the queue, the workers' load, contests of figures."""
