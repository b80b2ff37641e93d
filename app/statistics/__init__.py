"""Figures of cases with their members: measures, rates, months, the evaluation, rounded releases."""
