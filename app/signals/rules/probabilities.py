"""Probabilities of counts by chance, and control of the false discovery rate. Pure."""

from collections.abc import Sequence
from math import exp, lgamma, log


def binomial_or_more(successes: int, trials: int, share: float) -> float:
    """Return the probability of at least `successes` in `trials`, each with probability `share`."""
    if successes <= 0:
        return 1.0
    if not 0 < share < 1:
        return 1.0 if share >= 1 else 0.0
    logs = (
        lgamma(trials + 1)
        - lgamma(k + 1)
        - lgamma(trials - k + 1)
        + k * log(share)
        + (trials - k) * log(1 - share)
        for k in range(successes, trials + 1)
    )
    return min(1.0, sum(exp(each) for each in logs))


def rise_probability(recent: int, past: int, recent_days: float, past_days: float) -> float:
    """Return the probability of at least `recent` reports by chance, at a constant daily rate.

    The test is exact: given the sum of the recent and the past count, the recent count has a binomial distribution.
    """
    return binomial_or_more(recent, recent + past, recent_days / (recent_days + past_days))


def binomial_or_fewer(successes: int, trials: int, share: float) -> float:
    """Return the probability of at most `successes` in `trials`, each with probability `share`."""
    return binomial_or_more(trials - successes, trials, 1 - share)


def accepted_by_fdr(chances: Sequence[float], most: float, *, of: int | None = None) -> list[bool]:
    """Return for each p-value whether it is significant, by the Benjamini-Hochberg procedure.

    Source: Benjamini and Hochberg (1995).

    Args:
        chances: P-values.
        most: The greatest accepted false discovery rate.
        of: The number of all tests. It may exceed the number of `chances`, from which p-values that cannot be significant
            may be left out. None: the number of `chances`.
    """
    tests = max(len(chances), of or 0)
    order = sorted(range(len(chances)), key=lambda n: chances[n])
    last = max((rank for rank, n in enumerate(order, 1) if chances[n] <= most * rank / tests), default=0)
    accepted = [False] * len(chances)
    for n in order[:last]:
        accepted[n] = True
    return accepted
