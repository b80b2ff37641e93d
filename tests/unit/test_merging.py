"""Merge of offline changes: idempotent, commutative for independent changes, and complete."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.sync.rules.field_merge import Facet, Merge, MergeOutcome, merge

NAMES = ("label", "kind", "name", "phone", "lon", "lat")
FACETS = (
    Facet(("name",), Merge.SENSITIVE),
    Facet(("phone",), Merge.SENSITIVE),
    Facet(("lon", "lat"), Merge.SENSITIVE),
)
FACET_OF = {name: next((f.fields for f in FACETS if name in f.fields), (name,)) for name in NAMES}
VALUES = st.integers(0, 3)
ROWS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))
PATCHES = st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1)


def applied(
    row: dict[str, Any], mine: dict[str, Any], base: dict[str, Any] | None
) -> tuple[dict[str, Any], MergeOutcome]:
    merged = merge(FACETS, mine, theirs=row, base=base)
    return row | merged.applies, merged


@given(ROWS, ROWS, PATCHES)
def test_merge_is_idempotent(base, row, mine):
    once, first = applied(row, mine, base)
    twice, second = applied(once, mine, base)
    assert twice == once and second.conflicts == first.conflicts


@given(ROWS, PATCHES, PATCHES)
def test_merge_of_independent_changes_commutes(base, mine, yours):
    """Of two phones that began with the same state."""
    touched = {facet for name in mine for facet in FACET_OF[name]}
    yours = {name: value for name, value in yours.items() if name not in touched}
    forward = applied(applied(base, mine, base)[0], yours, base)
    other = applied(applied(base, yours, base)[0], mine, base)
    assert forward[0] == other[0] == base | mine | yours
    assert forward[1].conflicts == other[1].conflicts == {} and forward[1].won == other[1].won == {}


@given(ROWS, ROWS, PATCHES)
def test_merge_applies_field_that_others_left_unchanged(base, row, mine):
    after, merged = applied(row, mine, base)
    for name, value in mine.items():
        if all(row[each] == base[each] for each in FACET_OF[name]):
            assert after[name] == value and name not in merged.won


@given(ROWS, ROWS, PATCHES)
def test_merge_applies_or_reports_every_field(base, row, mine):
    after, merged = applied(row, mine, base)
    assert merged.applies.keys() | merged.conflicts.keys() == mine.keys()
    assert not merged.applies.keys() & merged.conflicts.keys()
    for name, sides in merged.conflicts.items():
        assert sides == {"base": base[name], "mine": mine[name], "theirs": row[name]}
        assert after[name] == row[name]
    for name in mine:
        replaced = row[name] != base[name] and row[name] != after[name]
        assert not replaced or merged.won[name]["theirs"] == row[name]
    assert {name: value for name, value in after.items() if name not in mine} == {
        name: value for name, value in row.items() if name not in mine
    }


@given(ROWS, ROWS, PATCHES)
def test_merge_never_mixes_fields_of_one_facet(base, row, mine):
    after, merged = applied(row, mine, base)
    if ("lon" in merged.conflicts) != ("lat" in merged.conflicts) and {"lon", "lat"} <= mine.keys():
        raise AssertionError(merged)
    is_moved = (row["lon"], row["lat"]) != (base["lon"], base["lat"])
    if is_moved and {"lon", "lat"} <= mine.keys():
        assert (after["lon"], after["lat"]) in {(row["lon"], row["lat"]), (mine["lon"], mine["lat"])}


@given(ROWS, PATCHES)
def test_merge_reports_conflict_for_sensitive_field_without_base(row, mine):
    merged = merge(FACETS, mine, theirs=row, base=None)
    for name, value in mine.items():
        together = [each for each in FACET_OF[name] if each in mine]
        if len(FACET_OF[name]) == 1 and FACET_OF[name] in {f.fields for f in FACETS} and row[name] != value:
            assert name in merged.conflicts, together


@given(ROWS, PATCHES)
def test_merge_uses_claimed_base_when_base_is_unknown(row, mine):
    claimed = {name: row[name] for name in mine}
    merged = merge(FACETS, mine, theirs=row, base=None, client_base=claimed)
    assert merged.applies == mine and not merged.conflicts
