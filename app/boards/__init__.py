"""What a supervisor looks at: the board, the queue, the workers' load, contests of figures."""
