"""Descriptions of API properties that are named after a measure, a rate or a mean.

The descriptions are made from the definitions of the measures.
"""

from app.profiles.rules import measures as of_cases
from app.statistics.rules import monthly as of_months


def measure_text(name: str) -> str:
    """Return the description of a measure of cases."""
    measure = of_cases.MEASURES[name]
    return f"{measure.en} ({measure.zh}): {measure.means}"


def rate_text(name: str) -> str:
    """Return the description of a rate of cases."""
    rate = of_cases.RATES[name]
    less = " and ".join(f"`{left_out}`" for left_out in rate.denominator.less)
    whole = f"`{rate.denominator.of}`" + (f" without {less}" if less else "")
    return (
        f"{rate.en} ({rate.zh}): `{rate.numerator.of}` of {whole}, unless the profile has another denominator"
    )


def average_text(name: str) -> str:
    """Return the description of a mean duration."""
    average = of_cases.AVERAGES[name]
    return f"{average.en} ({average.zh}): {average.means}"


def fact_text(name: str) -> str:
    """Return the description of a measure of monthly statistics."""
    fact = of_months.FACTS[name]
    return f"{fact.en} ({fact.zh}): {fact.means}"


def monthly_rate_text(name: str) -> str:
    """Return the description of a rate of monthly statistics."""
    rate = of_months.MONTHLY_RATES[name]
    part = of_months.stored_part(rate)
    counted = f"not `{part}`" if rate.numerator.less else f"`{part}`"
    return f"{rate.en} ({rate.zh}): how much of `{rate.denominator.of}` is {counted}"


def worst_text(title: str) -> str:
    """Return the description of the property with the worst groups of a rate."""
    return f"{title}: groups that are worse than the whole, by grouping"
