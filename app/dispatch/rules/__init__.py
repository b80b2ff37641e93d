"""Pure rules of dispatch: eligibility, ranking, batches, fairness, and their sentences."""
