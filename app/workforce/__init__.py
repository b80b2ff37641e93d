"""Workers: skills, duty, shifts, responsibility for areas, positions, calls for help.

A *fix* is one position reported by a worker's device. *Duty* is the time in which a worker really works, a *shift* the
time for which work is planned. A worker is *in scope* of an actor if the actor's rights cover an area of the worker. A
*substitute* takes over the grids of an absent worker.
"""
