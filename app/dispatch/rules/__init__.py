"""Pure functions of dispatch: eligibility, ranking, batches, fairness, and texts about decisions."""
