"""Warnings in the answer to a report. A report with warnings is stored. Pure."""

from typing import Any

# A point this close to 0/0, in degrees (about 100 m), is a phone without a fix.
_ZERO_DEGREES = 0.001

REPORT_WARNINGS = (
    "category_filed_unclassified",
    "point_at_zero",
    "point_in_no_area",
    "point_in_other_jurisdiction",
    "on_the_spot_not_admitted",
    "on_the_spot_about_somebody",
    "on_the_spot_no_grid",
    "on_the_spot_no_worker",
)


def on_the_spot_refusal(
    *, is_admitted: bool, is_about_somebody: bool, has_grid: bool, is_worker_here: bool
) -> str | None:
    """Return the reason code if a repair on the spot does not count as handled, else None.

    Args:
        is_admitted: The city's rules allow repairs on the spot for the category.
        is_about_somebody: The case is about a person or unit.
        has_grid: The location is in a grid.
        is_worker_here: The reporter is responsible for an area of the jurisdiction.
    """
    if is_about_somebody:
        return "on_the_spot_about_somebody"
    if not is_admitted:
        return "on_the_spot_not_admitted"
    if not has_grid:
        return "on_the_spot_no_grid"
    return None if is_worker_here else "on_the_spot_no_worker"


def report_warnings(
    *,
    lon: float,
    lat: float,
    is_inside: bool,
    is_elsewhere: bool,
    category_sent: str | None,
    category_filed: str,
    on_the_spot_refused: str | None,
) -> list[dict[str, Any]]:
    """Return the warnings about a report, each with `code` and `field`.

    Args:
        lon: Longitude in degrees, as sent.
        lat: Latitude in degrees, as sent.
        is_inside: The location is in an area.
        is_elsewhere: The reporter has areas, but only in other jurisdictions.
        on_the_spot_refused: Result of `on_the_spot_refusal`.
    """
    warnings = []
    if category_sent and category_sent != category_filed:
        warnings.append({"code": "category_filed_unclassified", "field": "category"})
    if abs(lon) < _ZERO_DEGREES and abs(lat) < _ZERO_DEGREES:
        warnings.append({"code": "point_at_zero", "field": "lon"})
    elif not is_inside:
        warnings.append({"code": "point_in_no_area", "field": "lon"})
    elif is_elsewhere:
        warnings.append({"code": "point_in_other_jurisdiction", "field": "lon"})
    if on_the_spot_refused is not None:
        warnings.append({"code": on_the_spot_refused, "field": "handled_on_the_spot"})
    return warnings
