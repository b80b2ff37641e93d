"""Day plans: what a worker may do today in which order; and which parts of a grid nobody has walked."""
