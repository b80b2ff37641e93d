"""Simulation of a recorded day under other rules of dispatch, in simulated time.

The simulation reads the database and writes nothing to it. A *policy* is a set of dispatch rules. A *task* is the work
of one worker on an incident.
"""
