"""SQL that returns the stored data of one person as JSON, for the export to that person.

Lists have at most `limit` entries, newest first. Names, numbers and addresses of other people are left out, and
are blacked out where they occur within a text.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core.db import Fragment


def _marks_of_others(household_id: Fragment) -> Fragment:
    """Return an SQL expression of the names, numbers and e-mail addresses of a household's other residents.

    The SQL function `black_out` takes this expression, to black out these in a text. The expression needs the
    bind `:id`, the resident whose data are exported.
    """
    return Fragment(
        """
        (select marks_of(variadic coalesce(array_agg(x) filter (where x is not null), '{}'))
         from resident o cross join lateral unnest(array[o.name, o.phone, o.email]) x
         where o.household_id = {household_id} and o.id <> :id)
        """,
        household_id=household_id,
    )


# `home` has the present and earlier households of resident :id, each with the time for which the register had the resident
# in it; `dwelling` the premises of these households while the resident belonged to them.
_RESIDENT = Fragment(
    """
    with home as materialized (
      select x.household_id, min(x.since) since, case when bool_or(x.until is null) then null else max(x.until) end until
      from (
        select cast(f.row ->> 'household_id' as uuid) household_id, f.occurred_at since,
               lead(f.occurred_at) over (order by f.version) until
        from fact_history f
        where f.entity = 'resident' and f.row_id = :id and f.row ->> 'household_id' is not null) x
      group by x.household_id),
    dwelling as (
      select s.household_id, s.premises_id, greatest(s.since, h.since) since, least(s.until, h.until) until
      from (
        select t.household_id, t.premises_id, t.since,
               lead(t.since) over (partition by t.household_id order by t.since) until
        from (select f.row_id household_id, cast(f.row ->> 'premises_id' as uuid) premises_id, min(f.occurred_at) since
              from fact_history f where f.entity = 'household' and f.row_id in (select household_id from home)
              group by 1, 2) t) s
      join home h on h.household_id = s.household_id
      where (s.until is null or s.until > h.since) and (h.until is null or s.since < h.until))
    select json_build_object(
      'entry', (
        select json_build_object('id', r.id, 'name', r.name, 'phone', r.phone, 'email', r.email,
          'is_registered_here', r.is_registered_here, 'lives_here', r.lives_here, 'registered_at', r.registered_at,
          'birth_year', r.birth_year, 'entered_at', r.created_at)
        from resident r where r.id = :id),
      'states_of_the_entry', (select coalesce(json_agg(t.item), '[]') from (
        select json_build_object('at', h.occurred_at, 'name', h.row -> 'name', 'phone', h.row -> 'phone',
          'email', h.row -> 'email',
          'is_registered_here', h.row -> 'is_registered_here', 'lives_here', h.row -> 'lives_here',
          'registered_at', h.row -> 'registered_at', 'birth_year', h.row -> 'birth_year') item
        from fact_history h
        where h.entity = 'resident' and h.row_id = :id order by h.version desc limit :limit) t),
      'homes', (select coalesce(json_agg(json_build_object('household_id', w.household_id, 'since', w.since,
          'until', w.until, 'kind', d.kind, 'label', black_out(d.label, {marks_at_homes}), 'address', p.address,
          'premises', p.kind, 'lon', ST_X(p.location), 'lat', ST_Y(p.location)) order by w.since desc), '[]')
        from dwelling w join household d on d.id = w.household_id join premises p on p.id = w.premises_id),
      'consents', (select coalesce(json_agg(t.item), '[]') from (
        select json_build_object('purpose', o.purpose, 'way', o.given_by_way, 'given_at', o.given_at,
          'withdrawn_at', o.withdrawn_at, 'is_of_household', o.resident_id is null) item
        from consent o where o.deleted_at is null and (o.resident_id = :id or o.resident_id is null
          and exists (select from home h
                      where h.household_id = o.household_id and (h.until is null or o.given_at < h.until)))
        order by o.given_at desc limit :limit) t),
      'care', (select coalesce(json_agg(t.item), '[]') from (
        select json_build_object('kind', c.kind, 'purpose', c.purpose, 'granted_at', c.granted_at, 'ends_on', c.ends_on,
          'cycle_days', c.cycle_days, 'ended_at', c.deleted_at) item
        from care_tag c where c.resident_id = :id order by c.granted_at desc limit :limit) t),
      'visits', (select coalesce(json_agg(t.item), '[]') from (
        select json_build_object('visited_at', v.visited_at, 'outcome', v.outcome,
          'note', black_out(v.note, {marks_on_visits}),
          'is_care_of_this_person', exists (
            select 1 from care_tag c where c.resident_id = :id and c.id = any(v.care_done)),
          'media', (select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'made_at', m.created_at)
              order by m.created_at), '[]') from media m where m.visit_id = v.id and m.deleted_at is null)) item
        from home h join visit v on v.household_id = h.household_id and v.deleted_at is null and v.visited_at >= h.since
          and (h.until is null or v.visited_at < h.until)
        order by v.visited_at desc limit :limit) t),
      'notices', (select coalesce(json_agg(t.item), '[]') from (
        select json_build_object('published_at', n.published_at, 'purpose', n.purpose, 'texts', n.texts,
          'state', a.state, 'state_at', a.state_at, 'deliveries', (
            select coalesce(json_agg(json_build_object('channel', d.channel, 'sent_at', d.sent_at,
              'opened_at', d.opened_at) order by d.channel), '[]')
            from notice_delivery d where d.notice_id = a.notice_id and d.household_id = a.household_id)) item
        from home h join notice_household a on a.household_id = h.household_id join notice n on n.id = a.notice_id
        where n.published_at >= h.since and (h.until is null or n.published_at < h.until)
        order by n.published_at desc limit :limit) t))
    """,
    marks_at_homes=_marks_of_others(Fragment("w.household_id")),
    marks_on_visits=_marks_of_others(Fragment("h.household_id")),
)
_DISCLOSURES = Fragment(
    """
    select coalesce(json_agg(t.item), '[]') from (
      select json_build_object('at', e.occurred_at, 'act', e.action, 'purpose', e.detail ->> 'purpose',
        'fields', e.detail -> 'fields', 'by', array(
          select distinct g.role from account_grant g where g.account_id = e.actor_id and g.granted_at <= e.occurred_at
            and (g.revoked_at is null or g.revoked_at > e.occurred_at) order by g.role)) item
      from audit_event e
      where e.entity = :entity and e.entity_id = any(:ids) and e.action in ('personal.disclose', 'person.export')
      order by e.id desc limit :limit) t
    """
)
_IMPORT_SOURCES = Fragment(
    """
    select coalesce(
      json_agg(json_build_object('kind', u.kind, 'imported_at', n.imported_at) order by n.imported_at), '[]')
    from import_row n join import_run u on u.id = n.run_id where n.id = any(:ids)
    """
)


def resident(session: Session, resident_id: UUID, *, limit: int) -> dict[str, Any]:
    """Return the data of a resident as JSON: entries, homes, consents, care tags and visits.

    The entries in the register are the current one and earlier ones. A care tag is a kind of help that a resident needs.
    """
    record: dict[str, Any] = _json(session, _RESIDENT, {"id": resident_id, "limit": limit})
    return record


def disclosures(session: Session, entity: str, ids: Sequence[UUID], *, limit: int) -> list[dict[str, Any]]:
    """Return the disclosures of these people's personal fields, with purpose and reader's roles.

    Args:
        entity: Kind of the people in the audit trail: `resident` or `reporter`.
    """
    entries: list[dict[str, Any]] = _json(
        session, _DISCLOSURES, {"entity": entity, "ids": list(ids), "limit": limit}
    )
    return entries


def import_sources(session: Session, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the file imports that created the rows with these ids."""
    sources: list[dict[str, Any]] = _json(session, _IMPORT_SOURCES, {"ids": list(ids)})
    return sources


def _json(session: Session, statement: Fragment, binds: dict[str, Any]) -> Any:
    return orjson.loads(session.execute(statement, binds).scalar_one())
