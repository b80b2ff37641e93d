"""The numbers of a preview: households by grid, by channel, and those that want no such notices."""

from datetime import date
from functools import lru_cache

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.notices.queries.addressees import (
    CHOSEN,
    IN_AREA,
    REASONS,
    WITH_ADDRESS,
    WITH_WISH,
    binds_of,
    candidates_of,
    conditions_of,
    filters_of,
    tables_of,
)
from app.notices.rules.notices import MessageRoutes

# A condition that few households meet: these are stored once, with the columns of `candidates_of`. If many meet it, they are
# read twice, because PostgreSQL does not read the table in parallel for what it stores.
_NARROW = frozenset({"care_kinds"})
_STORED = """
        chosen as materialized (
          select household.id, household.grid_id, household.declined_at from {households} where {conditions}),"""


# Most households have no wish and no address for messages. They are counted by grid alone, which PostgreSQL does in parallel.
# The others are subtracted, and added as the statement of the publication has them. Numbers are int, because PostgreSQL adds
# bigint as numeric, which takes several times as long.
@lru_cache
def _summary(filters: tuple[str, ...], *, has_one_path: bool) -> Fragment:
    is_narrow = bool(_NARROW & set(filters))
    with_address = [WITH_ADDRESS[name] for name in filters if name in WITH_ADDRESS]
    conditions = conditions_of(filters, in_areas=IN_AREA) if has_one_path else conditions_of(filters)
    counted = {"households": tables_of(filters), "conditions": conditions}
    statement = Fragment(
        """
        with {stored}
        by_place as (
          select household.grid_id, count(*)::int number, count(household.declined_at)::int declined
          from {households} where {conditions} group by household.grid_id),
        other as materialized (
          select candidate.grid_id, candidate.closed, candidate.usual, count(*)::int number
          from ({candidates}) candidate
          where {is_other}
          group by candidate.grid_id, candidate.closed, candidate.usual),
        by_grid as materialized (
          select part.grid_id, sum(part.number)::int number, sum(part.declined)::int declined, sum(part.reached)::int households
          from (
            select grid_id, number, declined,
              case when :message_bits <> :all_bits then number - declined else 0 end
                + case when :message_bits | :visit_bit <> :all_bits then declined else 0 end reached
            from by_place
            union all
            select grid_id, 0, 0,
              case when closed <> :all_bits then number else 0 end - case when usual <> :all_bits then number else 0 end
            from other) part
          group by part.grid_id),
        totals as materialized (
          select count(*)::int grids, coalesce(sum(number), 0)::int number, coalesce(sum(declined), 0)::int declined,
            coalesce(sum(households), 0)::int households
          from by_grid),
        by_wish as materialized (
          select part.closed, sum(part.number)::int number
          from (
            select usual.closed, usual.number
            from totals t cross join lateral (
              values (:message_bits, t.number - t.declined), (:message_bits | :visit_bit, t.declined)) usual(closed, number)
            union all select usual, -number from other
            union all select closed, number from other) part
          group by part.closed),
        shown as (select * from by_grid order by households desc, grid_id limit :grids)
        select s.households, s.opted_out, json_build_object('version', cast(:version as bigint),
          'approval_from', cast(:approval_from as int), 'households', s.households, 'opted_out', s.opted_out,
          'grid_count', s.grid_count, 'channels', s.channels, 'grids', s.grids) item
        from (select t.households, t.number - t.households opted_out, t.grids grid_count,
          (select coalesce(json_object_agg(c.channel, (
             select coalesce(sum(number), 0)::int from by_wish
             where closed & (1 << cast(c.place as int) - 1) = 0)), '{}')
           from unnest(cast(:channels as text[])) with ordinality c(channel, place)) channels,
          (select coalesce(json_agg(json_build_object(
             'grid', case when v.area_id is not null then
               json_build_object('id', v.area_id, 'code', v.code, 'name', v.name) end,
             'households', s.households, 'opted_out', s.number - s.households) order by s.households desc, s.grid_id), '[]')
           from shown s left join area_version v on v.area_id = s.grid_id and upper_inf(v.valid)) grids
          from totals t) s
        """,
        stored=Fragment(_STORED, **counted) if is_narrow else Fragment(""),
        households=CHOSEN if is_narrow else counted["households"],
        conditions=Fragment("true") if is_narrow else counted["conditions"],
        candidates=candidates_of(filters, is_chosen=is_narrow, has_wish=not with_address),
        is_other=Fragment(
            "candidate.household_id in ({others})", others=Fragment.joined(" ", [WITH_WISH, *with_address])
        )
        if with_address
        else Fragment("true"),
    )
    return unscoped(statement, **REASONS)


def summary(
    session: Session,
    notice: RowMapping,
    *,
    today: date,
    routes: MessageRoutes,
    grids: int,
    approval_from: int,
    plans_anew: bool = False,
) -> RowMapping:
    """Return the numbers of a preview: `households`, `opted_out`, and `item` (the preview as JSON).

    Args:
        approval_from: Number of households from which on a second person approves, for the JSON.
        grids: Maximum number of grids in the JSON. Those with most households come first.
        plans_anew: PostgreSQL makes a plan for the values of each call of this session.
        today: Care tags whose last day is before it do not count.
        routes: A channel whose messages cannot be sent is closed to all.
    """
    binds = binds_of(session, notice, today, routes) | {
        "grids": grids,
        "version": notice["version"],
        "approval_from": approval_from,
    }
    has_one_path = plans_anew and len(binds["paths"]) == 1
    statement = _summary(filters_of(notice), has_one_path=has_one_path)
    return (
        session.execute(statement, binds | ({"path": binds["paths"][0]} if has_one_path else {}))
        .mappings()
        .one()
    )
