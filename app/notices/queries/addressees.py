"""The one statement that decides whom a notice reaches, and what is read from it: pages, publication; `previews` counts.

Preview and publication compose the same `_addressed` with the same binds. So the preview is what is delivered, as long as
the register does not change in between; the publication compares the number with the confirmed one.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, RowMapping, Text, bindparam, text
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment, unscoped
from app.notices.queries.shown_households import ShownHousehold, shown_household
from app.notices.rules.notices import (
    CONSENTS,
    MessageRoutes,
    common_paths,
)

# The paths are read before and passed as values: from a sub-select the planner expects few rows, and joins one by one.
_PATHS = text("""
  select coalesce(array_agg(cast(v.path as text)), '{}') from area_version v
  where v.area_id = any(cast(:ids as uuid[])) and upper_inf(v.valid)
""")
_CONDITIONS = {
    "premises_kinds": Fragment("premises.kind = any(cast(:premises_kinds as text[]))"),
    "care_kinds": Fragment(
        """exists (select from care_tag where care_tag.household_id = household.id
             and care_tag.kind = any(cast(:care_kinds as text[])) and care_tag.deleted_at is null
             and care_tag.ends_on >= cast(:today as date))"""
    ),
    "within": Fragment(
        "ST_Covers((select n.within from notice n where n.id = :notice_id), premises.location)"
    ),
}
_OF_PREMISES = frozenset({"premises_kinds", "within"})
REASONS = {
    "household": "addressees in the area of a notice, whose sender's area is in the reach of the caller",
    "notice": "channels and geometry of a notice that was read by its rule",
    "premises": "kind and place of the premises of an addressee",
    "resident": "whether an addressee has a number for SMS or an e-mail address; they are not returned",
}
_IS_USABLE = {
    "sms": "regexp_replace(r.phone, '[ ().-]', '', 'g') ~ cast(:phone_pattern as text)",
    "email": "r.email is not null and cast(:has_mail as boolean)",
}


def _all_consenting(channel: str) -> Fragment:
    """Return the rest of a SELECT: residents `r` with an address of the channel, and their consents `c`.

    The resident or the household as a whole consented. The statement needs `MessageRoutes.binds`.
    """
    return Fragment(
        """
        from resident r join consent c on c.household_id = r.household_id and (c.resident_id is null or c.resident_id = r.id)
        where r.deleted_at is null and {is_usable} and c.deleted_at is null and c.withdrawn_at is null
          and lower(btrim(c.purpose)) = any({consents})
        """,
        consents=bindparam(f"{channel}_consents", None, ARRAY(Text())),
        is_usable=Fragment(_IS_USABLE[channel]),
    )


def consenting(channel: str) -> Fragment:
    """Return `_all_consenting` for residents of the row `household`."""
    return Fragment("{consenting} and r.household_id = household.id", consenting=_all_consenting(channel))


_WISHES = Fragment("""o.withdrawn_at is null and (o.purpose is null or o.purpose = :purpose)""")
WITH_WISH = Fragment("select o.household_id from notice_opt_out o where {wishes}", wishes=_WISHES)
WITH_ADDRESS = {
    channel: Fragment("union select r.household_id {consenting}", consenting=_all_consenting(channel))
    for channel in CONSENTS
}
_IN_AREAS = Fragment("household.scope_path <@ any(cast(:paths as ltree[]))")
# With one path. For each row it costs less than a list of one, but a plan that is kept expects that few rows meet it.
IN_AREA = Fragment("household.scope_path <@ cast(:path as ltree)")
# Of an expression that ends with the bits of closed channels: the bit of the channel, where no message can be sent.
_NO_ADDRESS = {
    channel: Fragment(
        "| case when exists (select {consenting}) then 0 else {bit} end",
        bit=bindparam(f"{channel}_bit", None, Integer()),
        consenting=consenting(channel),
    )
    for channel in CONSENTS
}


# Rows that a statement has stored: id, grid_id and declined_at of the addressed households.
CHOSEN = Fragment("chosen household")


@lru_cache
def candidates_of(filters: tuple[str, ...], *, is_chosen: bool = False, has_wish: bool = False) -> Fragment:
    """Return the statement: one row for each addressed household.

    Columns: `household_id`, `grid_id`, and `closed`, the channels in which it gets no such notices: bits in the order of the
    channels of the notice. A number is grouped faster than a list, and few numbers differ. `usual` is `closed` of a household
    without wishes and without an address for messages.

    Args:
        filters: Names of the conditions that the notice has, and of its channels that are messages.
        is_chosen: The rows of `chosen` meet the conditions, and are read in place of the table.
        has_wish: Only households with a wish.
    """
    return Fragment(
        """
        select household.id household_id, household.grid_id, coalesce(opted.closed, 0)
            | case when household.declined_at is null then 0 else :visit_bit end {no_address} closed,
          :message_bits | case when household.declined_at is null then 0 else :visit_bit end usual
        from {households}
        {join} (
          select o.household_id, bit_or(1 << cast(c.place as int) - 1) closed
          from notice_opt_out o join unnest(cast(:channels as text[])) with ordinality c(channel, place)
            on o.channel is null or o.channel = c.channel
          where {wishes}
          group by o.household_id) opted on opted.household_id = household.id
        where {conditions}
        """,
        households=CHOSEN if is_chosen else tables_of(filters),
        join=Fragment("join" if has_wish else "left join"),
        no_address=Fragment.joined(" ", [_NO_ADDRESS[name] for name in filters if name in _NO_ADDRESS]),
        wishes=_WISHES,
        conditions=Fragment("true") if is_chosen else conditions_of(filters),
    )


def tables_of(filters: tuple[str, ...]) -> Fragment:
    """Return the tables of `conditions_of`."""
    is_joined = bool(_OF_PREMISES & set(filters))
    return Fragment(
        "household join premises on premises.id = household.premises_id" if is_joined else "household"
    )


def conditions_of(filters: tuple[str, ...], *, in_areas: Fragment = _IN_AREAS) -> Fragment:
    """Return the condition that a notice addresses the row `household`."""
    named = [_CONDITIONS[name] for name in filters if name in _CONDITIONS]
    present = Fragment("household.deleted_at is null and household.moved_away_at is null")
    return Fragment.joined(" and ", [present, in_areas, *named])


@lru_cache
def _addressed(filters: tuple[str, ...]) -> Fragment:
    """Return the candidates with `is_reached` (a channel is left)."""
    return Fragment(
        "select candidate.*, closed <> :all_bits is_reached from ({candidates}) candidate",
        candidates=candidates_of(filters),
    )


def filters_of(notice: RowMapping) -> tuple[str, ...]:
    """Return the names of the conditions that a notice has, and of its channels that are messages."""
    names = [name for name in _CONDITIONS if notice["has_within" if name == "within" else name]]
    return (*names, *(channel for channel in CONSENTS if channel in notice["channels"]))


def binds_of(session: Session, notice: RowMapping, today: date, routes: MessageRoutes) -> dict[str, Any]:
    """Return the binds of the statements of a notice."""
    names = ("premises_kinds", "care_kinds", "channels", "purpose")
    bits = {channel: 1 << place for place, channel in enumerate(notice["channels"])}
    paths = session.scalar(_PATHS, {"ids": [notice["area_id"]]})
    if notice["area_ids"]:
        paths = common_paths(paths, session.scalar(_PATHS, {"ids": notice["area_ids"]}))
    message_bits = {f"{channel}_bit": bits.get(channel, 0) for channel in CONSENTS}
    return (
        {name: notice[name] for name in names}
        | message_bits
        | routes.binds()
        | {
            "notice_id": notice["id"],
            "paths": paths,
            "all_bits": sum(bits.values()),
            "message_bits": sum(message_bits.values()),
            "visit_bit": bits.get("visit", 0),
            "today": today,
        }
    )


@lru_cache(maxsize=100)
def _page(filters: tuple[str, ...], shown: ShownHousehold) -> Fragment:
    statement = Fragment(
        """
        with page as materialized (
          select a.household_id, a.closed, row_number() over (order by a.household_id) place
          from ({addressed}) a
          where a.is_reached = cast(:is_reached as boolean)
            and (cast(:grid_id as uuid) is null or a.grid_id = :grid_id)
            and (cast(:after as uuid) is null or a.household_id > :after)
          order by a.household_id limit :limit + 1)
        select (select coalesce(json_agg(json_build_object('household', {shown}, 'channels', array(
                  select c.channel from unnest(cast(:channels as text[])) with ordinality c(channel, place)
                  where page.closed & (1 << cast(c.place as int) - 1) = 0 order by c.place)) order by page.household_id), '[]')
                from page join household on household.id = page.household_id {joins}
                where page.place <= :limit) items,
               (select array[household_id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        addressed=_addressed(filters),
        shown=shown.json,
        joins=shown.joins,
    )
    return unscoped(statement, **REASONS)


# Each parameter is a part of the page.
def page(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    notice: RowMapping,
    *,
    is_reached: bool,
    grid_id: UUID | None,
    today: date,
    routes: MessageRoutes,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """Return one page of the addressed households, in order of their ids: `items` (JSON) and `next_key`.

    Args:
        is_reached: False: those who opted out.
    """
    shown, binds = shown_household(actor, now)
    binds |= binds_of(session, notice, today, routes) | {
        "is_reached": is_reached,
        "grid_id": grid_id,
        "after": after,
        "limit": limit,
    }
    return session.execute(_page(filters_of(notice), shown), binds).mappings().one()


# CTEs that store the rows of the CTE `stored`: its columns are `household_id`, `closed` and `is_reached`.
STORE = Fragment(
    """
    addressee as (
      insert into notice_household (notice_id, household_id, state, state_at)
      select :notice_id, household_id, case when is_reached then 'not_reached' else 'opted_out' end, :now from stored),
    delivery as (
      insert into notice_delivery (notice_id, household_id, channel)
      select :notice_id, a.household_id, c.channel
      from stored a join unnest(cast(:channels as text[])) with ordinality c(channel, place)
        on a.closed & (1 << cast(c.place as int) - 1) = 0)
    """
)


@lru_cache
def _freeze(filters: tuple[str, ...]) -> Fragment:
    statement = Fragment(
        """
        with addressed as materialized ({addressed} limit :most + 1),
        stored as materialized (select * from addressed where (select count(*) from addressed) <= :most),
        {inserts}
        select count(*) filter (where is_reached)::int households, count(*) filter (where not is_reached)::int opted_out,
          (select count(*) from addressed) <= :most is_stored
        from stored
        """,
        addressed=_addressed(filters),
        inserts=STORE,
    )
    return unscoped(statement, **REASONS)


def freeze(
    session: Session, notice: RowMapping, *, today: date, routes: MessageRoutes, now: datetime, most: int
) -> RowMapping:
    """Store the addressees of a notice and their deliveries, if the addressees are at most `most`.

    Return `households` (reached), `opted_out`, and `is_stored`, False if they are more and nothing was stored.
    """
    binds = binds_of(session, notice, today, routes) | {"now": now, "most": most}
    return session.execute(_freeze(filters_of(notice)), binds).mappings().one()


@lru_cache
def _freeze_batches(filters: tuple[str, ...]) -> Fragment:
    statement = Fragment(
        """
        with placed as (
          select a.*, (row_number() over () - 1) / :size number from ({addressed}) a),
        batch as (
          insert into notice_batch (notice_id, number, household_ids, closed, households)
          select :notice_id, number, array_agg(household_id), array_agg(closed), count(*) filter (where is_reached)
          from placed group by number
          returning households, cardinality(household_ids) addressed)
        select coalesce(sum(households), 0)::int households, coalesce(sum(addressed - households), 0)::int opted_out
        from batch
        """,
        addressed=_addressed(filters),
    )
    return unscoped(statement, **REASONS)


def freeze_batches(
    session: Session, notice: RowMapping, *, today: date, routes: MessageRoutes, size: int
) -> RowMapping:
    """Store the addressees of a notice as batches of `size`, for the job. Return `households` (reached) and `opted_out`.

    The batches are what the statement of the preview returns now, so a job that runs later reaches exactly these households.
    A row for a thousand households has no foreign keys to check, which are the main cost of rows of their own.
    """
    binds = binds_of(session, notice, today, routes) | {"size": size}
    return session.execute(_freeze_batches(filters_of(notice)), binds).mappings().one()
