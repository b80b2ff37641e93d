"""Signals: signs that a service fails, which detectors find in cases and visits.

A job runs the detectors hourly or daily; this is the *cadence* of a kind of signal. A signal is *standing* (it has not
ended) from the first run that detects it until the first run that no longer detects it. The *members* of a signal are the
cases, households or areas that it counts. Supervisors can answer a signal.
"""
