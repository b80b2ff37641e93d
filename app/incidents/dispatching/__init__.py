"""Dispatch of cases: placement, offers and answers, batches, joint handling.

This package changes cases. Package `app.dispatch` chooses workers and stores offers. It does not read cases. It gets the
data of each case and role that needs a worker as an object, the *demand*.
"""
