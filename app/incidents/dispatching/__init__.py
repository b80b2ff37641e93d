"""Dispatch of cases: placement, offers, answers, batches, joint handling."""
