"""Simulation of a recorded day under other rules of dispatch, in simulated time.

Dispatch offers tasks to workers. A *task* is the work of one worker on an incident, and a *policy* is a set of rules by which
dispatch chooses the workers. The simulation reads the database and writes nothing to it.
"""
