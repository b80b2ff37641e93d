"""Dispatch of cases: placement, offers and answers, batches, joint handling.

This package changes cases. Package `app.dispatch` chooses workers and stores offers. It does not read cases, but gets
*demands*: a demand is the work of one role on a case.
"""
