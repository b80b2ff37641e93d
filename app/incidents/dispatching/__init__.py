"""Dispatch of cases: placement, offers and answers, batches, joint handling."""
