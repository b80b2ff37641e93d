"""Pure functions of dispatch: eligibility, ranking, batches, fairness, explaining texts."""
