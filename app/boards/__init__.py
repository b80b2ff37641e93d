"""Pages of a supervisor: the board, the queue, the load of workers, and contests of figures.

The board counts open cases. The queue lists cases that wait for a supervisor. The load of a worker is the open cases and
the figures of the last 7 days. In a contest a worker rejects a figure about themselves.
"""
