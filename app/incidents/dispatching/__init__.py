"""Dispatch of cases: placement, offers and answers, batches, joint handling.

This package knows cases and moves them. Package `app.dispatch` chooses workers and stores offers; it knows no cases,
only demands (the work of one role on a case).
"""
