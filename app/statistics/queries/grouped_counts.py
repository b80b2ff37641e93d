"""SQL fragments that count cases by span, base, group and flags.

`counted_cases` selects the cases; this module groups those that are alike in all counted columns. `figures` sums the groups.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.db import Fragment
from app.profiles.rules.measures import AVERAGES, DUE, FLAGS, MEASURES, REPORTED, flags_of
from app.statistics.queries.columns import column_of, columns_of, constant, joined, listed, named
from app.statistics.queries.counted_cases import BASES, CaseShape, edges_of, states_of
from app.statistics.rules.figure_query import Span

_UNION = " union all "


def slot_binds(spans: Sequence[Span], zone: str) -> dict[str, Any]:
    """Return the binds that say in which spans a case lies.

    The first and last instants of all spans are the edges of slots. A case lies in one slot, however many spans overlap
    there; a span is a list of slots.

    Returns:
        `edges`: the instants, in order. `slots` and `slot_spans`: pairs of the number of a slot, as `width_bucket` counts
        them, and the index of a span that contains this slot.
    """
    edges_by_span = [edges_of(span, zone) for span in spans]
    edges = sorted({edge for edges in edges_by_span for edge in edges})
    place = {edge: number for number, edge in enumerate(edges, start=1)}
    pairs = [
        (slot, number)
        for number, (since, until) in enumerate(edges_by_span)
        for slot in range(place[since], place[until])
    ]
    return {
        "edges": edges,
        "slots": [slot for slot, _ in pairs],
        "slot_spans": [number for _, number in pairs],
    }


def grouped_counts(
    shape: CaseShape, group_columns: Mapping[str, Fragment], *, is_read_once: bool
) -> Fragment:
    """Return the CTE `alike`, which counts cases by span, base, group columns and flags.

    Its column `n` is the number of cases. For each mean duration there is a column with the sum of the durations.

    Each case is read with these columns only. The class of the category is joined afterwards: a million cases leave only a
    few thousand groups to join. A case is grouped by the slots of its report and of its deadline (see `slot_binds`), and each
    group is counted in the spans of its slots afterwards, for both bases. The flags are packed into one integer. With
    separate flags PostgreSQL multiplies the distinct values of all columns, expects as many groups as cases, and sorts
    instead of hashing. The integer is computed behind an `offset`, which is a constant so that the scan stays parallel.

    Args:
        group_columns: The SQL expressions over cases `f` by which to group, by the name of their column.
        is_read_once: Read each case once, for both bases. False: read the cases of each base, each by its own index. Both count
            the same; the first is faster if most cases are counted.
    """
    parts = [BASES] if is_read_once else [(base,) for base in BASES]
    return Fragment(
        """alike as (
      select w.span, b.base, {keys}, b.outcome, c.n, {durations}, {flags}
      from ({counts}) c
      cross join lateral (values ({reported}, c.reported_slot, cast(null as text)), ({due}, c.due_slot, c.outcome))
        b(base, slot, outcome)
      join unnest(cast(:slots as int[]), cast(:slot_spans as int[])) w(slot, span) on w.slot = b.slot)""",
        keys=listed(columns_of("c", (*group_columns, "status"))),
        durations=listed(columns_of("c", list(AVERAGES))),
        flags=_UNPACKED_FLAGS,
        counts=joined(_UNION, (_counts(shape, bases, group_columns) for bases in parts)),
        reported=constant(REPORTED),
        due=constant(DUE),
    )


def _counts(shape: CaseShape, bases: Sequence[str], group_columns: Mapping[str, Fragment]) -> Fragment:
    """Return the SELECT that counts the cases of some bases by group columns, slots and flags."""
    keys = columns_of("f", (*group_columns, "status", "flags", "outcome", "reported_slot", "due_slot"))
    return Fragment(
        """
        select {keys}, count(*) n, {durations}
        from (select {columns} from ({states}) f offset bigint '0') f group by {keys}""",
        keys=listed(keys),
        durations=listed(named(_sum_of(name, bases), name) for name in AVERAGES),
        columns=listed(
            [
                *(named(expression, name) for name, expression in group_columns.items()),
                named(_packed(bases), "flags"),
                named(_SLOTS[REPORTED] if REPORTED in bases else _NO_SLOT, "reported_slot"),
                named(_SLOTS[DUE] if DUE in bases else _NO_SLOT, "due_slot"),
                named(column_of("f", "outcome") if DUE in bases else _NO_OUTCOME, "outcome"),
                *columns_of("f", ("status", *AVERAGES)),
            ]
        ),
        states=states_of(shape, bases),
    )


def _sum_of(average: str, bases: Sequence[str]) -> Fragment:
    """Return the sum of the durations of a mean over cases `f`; NULL if it is of none of the bases."""
    if MEASURES[AVERAGES[average].of].base in bases:
        return Fragment("sum({duration})", duration=column_of("f", average))
    return Fragment("cast(null as interval)")


def _packed(bases: Sequence[str]) -> Fragment:
    """Return the SQL expression that packs the flags of a case `f` into the bits of one integer.

    Few cases have a value in the columns that flags need, so these flags are computed for few cases.
    """
    names_by_column: dict[str | None, list[str]] = {}
    for base in bases:
        for name in flags_of(base):
            names_by_column.setdefault(FLAGS[name].needs, []).append(name)
    parts = [_bits(names, column) for column, names in names_by_column.items()]
    return joined(" | ", parts)


def _bits(names: Sequence[str], needed: str | None) -> Fragment:
    """Return the SQL expression with the bits of some flags of a case `f`; 0 where the `needed` column is NULL."""
    bits = joined(
        " | ",
        (
            Fragment(
                "case when {flag} then {bit} else 0 end",
                flag=column_of("f", name),
                bit=constant(1 << _FLAG_PLACES[name]),
            )
            for name in names
        ),
    )
    if needed is None:
        return bits
    return Fragment(
        "case when {column} is not null then {bits} else 0 end", column=column_of("f", needed), bits=bits
    )


_FLAG_PLACES = {name: place for place, name in enumerate(FLAGS)}
_UNPACKED_FLAGS = listed(
    named(Fragment("(c.flags & {bit}) <> 0", bit=constant(1 << place)), name)
    for name, place in _FLAG_PLACES.items()
)
_NO_SLOT = Fragment("cast(null as int)")
_NO_OUTCOME = Fragment("cast(null as text)")
_SLOTS = {
    REPORTED: Fragment("width_bucket(f.reported_at, cast(:edges as timestamptz[]))"),
    # A case that was not filed is never due.
    DUE: Fragment(
        "case when f.status <> 'not_filed' then width_bucket(f.due_at, cast(:edges as timestamptz[])) end"
    ),
}
