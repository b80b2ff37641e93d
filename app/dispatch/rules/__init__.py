"""Pure functions of dispatch: eligibility, ranking, batches, fairness, texts on decisions."""
