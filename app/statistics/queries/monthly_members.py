"""SQL of the members of monthly facts: the lists to which `GET /figures/cycles` links.

A *fact* is a stored count of one measure in one grid and month.
"""

from functools import lru_cache

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.profiles.rules.measures import Selection
from app.statistics.queries.monthly import (
    MONTH_END,
    STATE_JOINS,
    FactShape,
    fact_condition,
    fact_shape,
    is_counted,
)
from app.statistics.rules.figure_query import FigureQuery

# What each measure of cases counts of those that were open at the end of a month, by their state `h` then.
_OF_CASES = {"open_cases": Fragment("true"), "open_overdue": Fragment("coalesce(h.is_late, false)")}


def members(
    session: Session,
    query: FigureQuery,
    *,
    selection: Selection,
    after: tuple[int, int] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the members of a measure, such as the households that it counts.

    Members of the measure in `less` are left out, if they are members of both measures in the same grid and month.
    Columns: `items` (JSON: month, grid_id, id), `n` (number of members on the page; `limit` + 1 if more follow),
    `last_key`.
    """
    shape, binds = fact_shape(query)
    is_of_cases = selection.of in _OF_CASES
    less = next(iter(selection.less), None)
    seq, place = after or (0, 0)
    binds |= {
        "measure": "open_cases" if is_of_cases else selection.of,
        "less": less,
        "first": query.days.first,
        "last": query.days.last.replace(day=1),
        "after_seq": seq,
        "after_place": place,
        "limit": limit,
    }
    if is_of_cases:
        statement = _case_members(shape, selection.of, less)
    else:
        statement = _page(shape, Fragment(""), Fragment(""), _IS_NOT_OF_LESS if less else Fragment("true"))
    return session.execute(statement, binds).mappings().one()


_IS_NOT_OF_LESS = Fragment("""
  not exists (select 1 from cycle_fact l where l.month = c.month and l.grid_id = c.grid_id
              and l.measure = :less and m.id = any(l.members))""")
_MONTH_END_JOIN = Fragment(
    "join month_end e on e.jurisdiction_id = c.jurisdiction_id and e.month = c.month {state_joins}",
    state_joins=STATE_JOINS,
)


@lru_cache(maxsize=200)
def _case_members(shape: FactShape, measure: str, less: str | None) -> Fragment:
    """Return the SELECT of a page of the open cases that `measure` counts, and `less` not.

    Cases are selected by their state at the end of the month.
    """
    month_end = Fragment(
        """
      month_end as materialized (
        select v.jurisdiction_id, v.month, p.until
        from (select distinct c.jurisdiction_id, c.month from cycle_fact c
              where c.measure = 'open_cases' and c.month >= :first and c.month <= :last and ({condition})) v
        cross join lateral (select v.month) m cross join lateral ({month_end}) p),""",
        condition=fact_condition(shape),
        month_end=MONTH_END,
    )
    is_member = Fragment(
        "({is_counted}) and {counts} and not {less}",
        is_counted=is_counted(shape),
        counts=_OF_CASES[measure],
        less=_OF_CASES[less] if less else Fragment("false"),
    )
    return _page(shape, month_end, _MONTH_END_JOIN, is_member)


def _page(shape: FactShape, ctes: Fragment, joins: Fragment, is_member: Fragment) -> Fragment:
    """Return the SELECT of a page of members, each with its grid and month.

    Args:
        ctes, joins: SQL that `is_member` needs.
        is_member: Condition on a member `m` of a row `c` of `cycle_fact`.
    """
    return Fragment(
        """
      with {ctes} page as (
        select c.seq, m.place, c.month, c.grid_id, m.id
        from cycle_fact c cross join unnest(c.members) with ordinality m(id, place) {joins}
        where c.measure = :measure and c.month >= :first and c.month <= :last and ({condition}) and {is_member}
          and (c.seq, m.place) > (cast(:after_seq as bigint), cast(:after_place as bigint))
        order by c.seq, m.place limit :limit + 1),
      shown as (select * from page order by seq, place limit :limit)
      select (select coalesce(json_agg(json_build_object('month', to_char(month, 'YYYY-MM'), 'grid_id', grid_id, 'id', id)
                order by seq, place), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[seq::text, place::text] from shown order by seq desc, place desc limit 1) last_key
        """,
        ctes=ctes,
        joins=joins,
        condition=fact_condition(shape),
        is_member=is_member,
    )
