"""Signals: signs that a service fails, which detectors find in cases and visits.

A job runs the detectors hourly or daily (the *cadence* of a kind of signal). A signal is *standing* from the first run that
detects it until a run does not detect it any more. Its *members* are the cases, households or areas that it counts.
Supervisors answer signals.
"""
