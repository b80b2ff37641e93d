"""Who gets a case: placement, offers, answers, batches, joint handling."""
