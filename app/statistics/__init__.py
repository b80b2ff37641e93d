"""Figures of cases with their members: measures, rates, monthly statistics, the evaluation, rounded releases."""
