"""Pure functions of dispatch: eligibility, ranking, batches, fairness, texts about decisions."""
