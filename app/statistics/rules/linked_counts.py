"""Counts with links to the lists of their members, and the worst groups of a board. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from app.core.links import link

CASES = "/api/v1/incidents"
WORST_GROUPS = 3
# More groups are refused: an answer has dozens of links for each group.
GROUPS_MOST = 200

Figure = dict[str, Any]
# Stands in a link for the value of a group. Neither urlencode nor a parameter has such a text.
_HOLE = "00000000-hole-0000"


def case_count(count: int, **filters: object) -> Figure:
    """Return a count of cases with the link to the list of these cases.

    `filters`: parameters of the list. A parameter that is None is left out of the link.
    """
    present = {name: value for name, value in filters.items() if value is not None}
    return linked_count(count, CASES, {"directed": True} | present)


def case_counts(counts: Mapping[str, tuple[int, str | None]], **filters: object) -> dict[str, Figure]:
    """Return counts of cases that share most filters, each with the link to its list, as `case_count` would.

    Args:
        counts: For each name the count, and the name of the one filter that is true for its cases only; None: there is none.
        filters: Parameters of all lists. A parameter that is None is left out.
    """
    present = {name: value for name, value in filters.items() if value is not None}
    shared = [_pair(name, text) for name, text in parameter_texts({"directed": True} | present).items()]
    path = link(CASES)
    figures = {}
    for name, (count, only) in counts.items():
        pairs = sorted([*shared, _pair(only, "true")] if only else shared)
        figures[name] = {"count": count, "members": f"{path}?{'&'.join(pairs)}"}
    return figures


def counts_by_group(
    only: Mapping[str, str | None], *, by: str, **filters: object
) -> Callable[[str, Sequence[int]], dict[str, Figure]]:
    """Return a function that returns the counts of one of many groups, each with its link, as `case_counts` would.

    The links of the groups differ in one value. The text before and after this value is made once for all groups.

    Args:
        only: For each name of a count the filter that is true for its cases only; None: there is none.
        by: The parameter in which the groups differ.
        filters: Parameters of all lists. A parameter that is None is left out.

    Returns:
        A function of the value of `by`, which must need no escapes in a link, such as an id, and the counts in the order
        of `only`.
    """
    figures = case_counts({name: (0, filter_) for name, filter_ in only.items()}, **filters, **{by: _HOLE})
    halves = [(name, *figure["members"].split(_HOLE)) for name, figure in figures.items()]

    def counts_of(value: str, counts: Sequence[int]) -> dict[str, Figure]:
        return {
            name: {"count": count, "members": before + value + after}
            for (name, before, after), count in zip(halves, counts, strict=True)
        }

    return counts_of


def linked_count(count: int, path: str, filters: Mapping[str, object]) -> Figure:
    """Return a count with the link to the list of the counted members at `path`."""
    query = "&".join(_pair(name, text) for name, text in sorted(parameter_texts(filters).items()))
    query = f"?{query}" if query else ""
    return {"count": count, "members": f"{link(path)}{query}"}


@lru_cache(maxsize=4096)
def _pair(name: str, text: str) -> str:
    """Return one pair of a query string. An answer has some ten thousand links, made of a few hundred pairs."""
    return urlencode([(name, text)])


def parameter_texts(filters: Mapping[str, object]) -> dict[str, str]:
    """Return the values of query parameters as text."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in filters.items()
    }


def worst(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the groups with the highest share of overdue cases among open cases, at most three.

    Groups without overdue cases are left out.
    """

    def share(group: dict[str, Any]) -> float:
        return float(group["overdue"]["count"] / group["open"]["count"])

    late = [group for group in groups if group["overdue"]["count"]]
    ranked = sorted(late, key=lambda g: (-share(g), -g["overdue"]["count"]))
    return [group | {"overdue_share": round(share(group), 4)} for group in ranked[:WORST_GROUPS]]
