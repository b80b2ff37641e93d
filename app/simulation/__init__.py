"""Simulation of a recorded day under other dispatch rules, in simulated time.

Reads the database and writes nothing to it. A *policy* is a set of dispatch rules. A *task* is the work of one worker
on an incident.
"""
