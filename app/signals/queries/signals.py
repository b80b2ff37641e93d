"""SQL to read the signals that the actor may see: pages, one signal, its members, and maps."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Text, and_, column, values
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.sentences_sql import with_singular
from app.households.models import Household
from app.incidents.models import Incident
from app.incidents.scope import case_visibility, is_ordinary
from app.signals.rules.signals import KINDS, SignalSelection
from app.workforce.scope import area_reach, column_sql

# Kinds whose place is drawn around the members; their area is the smallest that contains all members.
DRAWN_KINDS = ("cluster", "unclassified")
LAST_STATE = Fragment(
    "(select t.* from signal_state t where t.signal_id = s.id order by t.occurred_at desc, t.id desc limit 1)"
)
_CASE = aliased(Incident, name="i")
_HOME = aliased(Household, name="h")
_KINDS = values(
    *(column(name, Text()) for name in ("kind", "member", "cadence", "en", "zh")),
    name="k",
    literal_binds=True,
).data([(kind.code, kind.member, kind.cadence, kind.en, kind.zh) for kind in KINDS.values()])
# Numbers as people write them: whole, or with one decimal.
_ENGLISH = Fragment(
    with_singular("""format(k.en, coalesce(a.name ->> 'en', a.code),
  trim_scale(round(cast(t.figure as numeric), 1)), trim_scale(round(cast(t.expected as numeric), 1)),
  coalesce(t.subject ->> 'en', '-'), coalesce(t.subject ->> 'beside_en', ''))""")
)
_CHINESE = Fragment("""format(k.zh, coalesce(a.name ->> 'zh', a.code),
  trim_scale(round(cast(t.figure as numeric), 1)), trim_scale(round(cast(t.expected as numeric), 1)),
  coalesce(t.subject ->> 'zh', '-'), coalesce(t.subject ->> 'beside_zh', ''))""")


class SignalRule(NamedTuple):
    """The conditions that decide which signals an actor may see.

    The actor may see a signal if they direct its area and may see at least one of its members. A signal of the kinds
    `cluster` and `unclassified` may lie in several areas; for these kinds one visible member is enough. A visible member is
    an ordinary case that the actor directs, or a household whose data the actor may read.

    Attributes:
        is_directed: Condition that the actor directs the area of a signal `z`.
        is_directed_case: Condition that the actor directs a case `i`.
        is_readable_home: Condition that the actor may read a household `h`.
    """

    is_directed: ColumnElement[bool]
    is_directed_case: ColumnElement[bool]
    is_readable_home: ColumnElement[bool]


def signal_rule(actor: Actor, now: datetime) -> tuple[SignalRule, dict[str, Any]]:
    """Return the `SignalRule` of an actor, and the bind values of its conditions."""
    # Homes are counted by the grants that direct, too: homes that only another grant shows are no members.
    actor = actor.holding(Permission.INCIDENT_DIRECT) or actor
    areas = area_reach(actor, Permission.INCIDENT_DIRECT, now)
    cases = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    homes = area_reach(actor, Permission.HOUSEHOLD_READ, now)
    rule = SignalRule(
        areas.condition(column_sql("z.path")),
        cases.condition(_CASE),
        homes.condition(_HOME.scope_path),
    )
    return rule, areas.binds | cases.binds | homes.binds


@lru_cache(maxsize=200)
def is_visible(rule: SignalRule) -> Fragment:
    """Return the SQL condition that the actor may see a signal.

    The signal is a row of the subquery `relation(rule)` with the alias `z`.
    """
    return Fragment(
        "({is_directed} or z.kind in ('cluster', 'unclassified')) and z.members > 0",
        is_directed=rule.is_directed,
    )


@lru_cache(maxsize=200)
def visible_members(rule: SignalRule, member: str, member_ids: ColumnElement[Any]) -> Fragment:
    """Return a subquery that selects the ids of the members of a signal that the actor may see.

    Args:
        member: Kind of the members: incident, household or area.
        member_ids: Column with the ids of all members (uuid[]).
    """
    if member == "incident":
        return Fragment(
            """select i.id from incident i
               where i.id = any({member_ids}) and i.deleted_at is null and {is_directed} and ({is_ordinary})""",
            member_ids=member_ids,
            is_directed=rule.is_directed_case,
            is_ordinary=is_ordinary(_CASE),
        )
    if member == "household":
        return Fragment(
            """select h.id from household h
               where h.id = any({member_ids}) and h.deleted_at is null and {is_readable}""",
            member_ids=member_ids,
            is_readable=rule.is_readable_home,
        )
    return Fragment(
        "select v.area_id id from area_version v where v.area_id = any({member_ids}) and upper_inf(v.valid)",
        member_ids=member_ids,
    )


OF_STATE = column_sql("t.member_ids")
OF_RELATION = column_sql("z.member_ids")


@lru_cache(maxsize=200)
def relation(rule: SignalRule) -> Fragment:
    """Return a subquery over all signals, each with its last state, sentences and last answer.

    The subquery does not filter the signals; add the condition `is_visible` to select the visible ones. Its column
    `members` is the number of members that the actor may see.
    """
    return Fragment(
        """
      (select s.id, s.kind, s.jurisdiction_id, t.area_id, t.subject, t.member_ids, t.figure, t.expected, t.p_value,
         t.strength, t.since, t.until, s.first_seen, s.ended_at, k.member, a.path,
         cast(extract(epoch from greatest(t.occurred_at, s.ended_at)) as bigint) version,
         coalesce(s.last_seen, (select max(r.occurred_at) from signal_run r
           where r.jurisdiction_id = s.jurisdiction_id and r.cadence = k.cadence and s.kind <> all(r.failed))) last_seen,
         (select r.seed from signal_run r where r.id = t.run_id) seed,
         a.code area_code, a.level area_level, a.name ->> 'zh' area_name_zh, a.name ->> 'en' area_name_en,
         coalesce(t.place, a.geom) place, {english} sentence_en, {chinese} sentence_zh,
         (select json_build_object('done', w.done, 'at', w.occurred_at) from signal_answer w
          where w.signal_id = s.id order by w.occurred_at desc, w.id desc limit 1) answer,
         case k.member when 'incident' then (select count(*) from ({cases}) m)
                       when 'household' then (select count(*) from ({homes}) m)
                       when 'area' then (select count(*) from ({areas}) m) end members
       from signal s join {kinds} on k.kind = s.kind cross join lateral {last_state} t cross join lateral (
         -- The area as it is, or as it was last.
         select v.path, v.code, v.level, v.name, v.geom from area_version v where v.area_id = t.area_id
         order by upper_inf(v.valid) desc, lower(v.valid) desc limit 1) a)
        """,
        english=_ENGLISH,
        chinese=_CHINESE,
        cases=visible_members(rule, "incident", OF_STATE),
        homes=visible_members(rule, "household", OF_STATE),
        areas=visible_members(rule, "area", OF_STATE),
        kinds=_KINDS,
        last_state=LAST_STATE,
    )


_ITEM = Fragment("""
  json_build_object(
    'id', z.id, 'kind', z.kind, 'sentence', json_build_object('en', z.sentence_en, 'zh', z.sentence_zh),
    'area', json_build_object('id', z.area_id, 'code', z.area_code, 'level', z.area_level,
      'name', json_build_object('zh', z.area_name_zh, 'en', z.area_name_en)),
    'subject', z.subject, 'strength', z.strength,
    'figure', json_build_object('value', z.figure, 'expected', z.expected, 'p_value', z.p_value, 'seed', z.seed),
    'since', z.since, 'until', z.until,
    'first_seen', z.first_seen, 'last_seen', z.last_seen, 'ended_at', z.ended_at, 'answer', z.answer,
    'members', json_build_object('count', z.members, 'members', :prefix || z.id || '/members'),
    'acts', json_build_array(json_build_object('act', 'acknowledge', 'path', :prefix || z.id || '/acknowledge')),
    'place', ST_AsGeoJSON(ST_ForcePolygonCCW(z.place), 7)::json)
""")
_SELECTION = {
    "within": Fragment(
        "z.path <@ (select v.path from area_version v where v.area_id = :within and upper_inf(v.valid))"
    ),
    "kinds": Fragment("z.kind = any(cast(:kinds as text[]))"),
    "standing": Fragment("z.ended_at is null"),
    "ended": Fragment("z.ended_at is not null"),
}
_IS_LATER = Fragment("(-z.strength, z.id) > (cast(:after_strength as float8), cast(:after_id as uuid))")


def visible_page(
    session: Session,
    actor: Actor,
    selection: SignalSelection,
    *,
    now: datetime,
    after: list[str] | None,
    limit: int,
    prefix: str,
) -> RowMapping:
    """Return a page of the signals that the actor may see, the strongest first.

    Columns: `items` (JSON), `n` (number of signals on the page; `limit` + 1 if more follow), `last_key`. `prefix`: start of
    the path of a signal.
    """
    rule, binds = signal_rule(actor, now)
    present = {
        "within": selection.within is not None,
        "kinds": bool(selection.kinds),
        selection.state: selection.state != "all",
    }
    binds |= {"within": selection.within, "kinds": list(selection.kinds), "limit": limit, "prefix": prefix}
    if after:
        binds |= {"after_strength": after[0], "after_id": after[1]}
    filters = tuple(name for name, is_set in present.items() if is_set)
    return session.execute(_page(rule, filters, is_first=not after), binds).mappings().one()


@lru_cache(maxsize=200)
def _page(rule: SignalRule, filters: tuple[str, ...], *, is_first: bool) -> Fragment:
    conditions = [is_visible(rule), *(_SELECTION[name] for name in filters)]
    return Fragment(
        """
      with page as materialized (
        select z.* from {relation} z where ({conditions}) order by -z.strength, z.id limit :limit + 1),
      shown as (select * from page order by -strength, id limit :limit)
      select (select coalesce(json_agg({item} order by -z.strength, z.id), '[]') from shown z) items,
             (select count(*) from page) n,
             (select array[cast(-strength as text), id::text] from shown order by -strength desc, id desc limit 1) last_key
        """,
        relation=relation(rule),
        conditions=and_(*conditions, *([] if is_first else [_IS_LATER])),
        item=_ITEM,
    )


def visible_signal(
    session: Session, actor: Actor, signal_id: UUID, *, now: datetime, prefix: str
) -> RowMapping | None:
    """Return one signal. Return None if it does not exist or the actor may not see it.

    Columns: `kind`, `body` (JSON), `code` (of its jurisdiction), `answers` (JSON). `prefix`: start of the path of a signal.
    """
    rule, binds = signal_rule(actor, now)
    binds |= {"signal_id": signal_id, "prefix": prefix}
    return session.execute(_signal(rule), binds).mappings().one_or_none()


@lru_cache(maxsize=200)
def _signal(rule: SignalRule) -> Fragment:
    return Fragment(
        """
      select z.kind, {item} body, (select j.code from jurisdiction j where j.id = z.jurisdiction_id) code,
        (select coalesce(json_agg(json_build_object('done', w.done, 'words', w.words, 'at', w.occurred_at,
             'told', w.told, 'unheard', w.unheard, 'by',
             json_build_object('id', w.account_id, 'name', (select a.name from account a where a.id = w.account_id)))
             order by w.occurred_at, w.id), '[]') from signal_answer w where w.signal_id = z.id) answers
      from {relation} z where z.id = :signal_id and ({is_visible})
        """,
        item=_ITEM,
        relation=relation(rule),
        is_visible=is_visible(rule),
    )


def visible_sentences(
    session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> Sequence[RowMapping]:
    """Return `id`, `jurisdiction_id`, `sentence_zh` and `sentence_en` of those signals that the actor may see."""
    rule, binds = signal_rule(actor, now)
    return session.execute(_sentences(rule), binds | {"ids": list(ids)}).mappings().all()


@lru_cache(maxsize=200)
def _sentences(rule: SignalRule) -> Fragment:
    return Fragment(
        """select z.id, z.jurisdiction_id, z.sentence_zh, z.sentence_en from {relation} z
           where z.id = any(cast(:ids as uuid[])) and ({is_visible})""",
        relation=relation(rule),
        is_visible=is_visible(rule),
    )


# How a member `x` of a signal `t` is shown. Words are shown to those who direct the case, as a sign of the common subject.
_SHOWN_MEMBERS = {
    "incident": Fragment("""
      select json_build_object('id', x.id, 'kind', 'incident', 'code', x.case_no, 'name', cast(null as jsonb),
        'words', (select left(r.words, 200) from report r where r.id = x.id),
        'reports', case when t.kind = 'cluster'  -- the reports of the days of the cluster, and no others
          then (select count(*) from report r where r.incident_id = x.id
                and case when r.id = x.id then x.reported_at else r.received_at end
                  between t.since and t.until - interval '1 microsecond')
          else x.report_count end,
        'href', :prefix || 'incidents/' || x.id) item, x.id
      from t cross join shown join incident x on x.id = shown.id"""),
    "household": Fragment("""
      select json_build_object('id', x.id, 'kind', 'household', 'code', null, 'name', cast(null as jsonb),
        'words', null, 'reports', null, 'href', :prefix || 'households/' || x.id) item, x.id
      from shown join household x on x.id = shown.id"""),
    "area": Fragment("""
      select json_build_object('id', x.area_id, 'kind', x.level, 'code', x.code, 'name', x.name,
        'words', null, 'reports', null, 'href', :prefix || 'areas/' || x.area_id) item, x.area_id id
      from shown join area_version x on x.area_id = shown.id and upper_inf(x.valid)"""),
}


def members(
    session: Session,
    actor: Actor,
    signal_id: UUID,
    *,
    kind: str,
    after: list[str] | None,
    limit: int,
    prefix: str,
    now: datetime,
) -> RowMapping:
    """Return a page of those members of a signal that the actor may see, ordered by id.

    `kind`: kind of the signal. `prefix`: start of the path of a member. Columns: `items` (JSON), `n` (number of members on
    the page; `limit` + 1 if more follow), `last_key`.
    """
    rule, binds = signal_rule(actor, now)
    binds |= {
        "signal_id": signal_id,
        "after_id": after[0] if after else None,
        "limit": limit,
        "prefix": prefix,
    }
    return session.execute(_members(rule, KINDS[kind].member), binds).mappings().one()


@lru_cache(maxsize=200)
def _members(rule: SignalRule, member: str) -> Fragment:
    return Fragment(
        """
      with t as materialized (
        select t.member_ids, t.since, t.until, s.kind
        from signal s cross join lateral {last_state} t where s.id = :signal_id),
      page as materialized (
        select m.id from t cross join lateral ({visible_members}) m
        where cast(:after_id as uuid) is null or m.id > cast(:after_id as uuid) order by m.id limit :limit + 1),
      shown as (select id from page order by id limit :limit)
      select (select coalesce(json_agg(m.item order by m.id), '[]') from ({items}) m) items,
             (select count(*) from page) n, (select array[id::text] from shown order by id desc limit 1) last_key
        """,
        last_state=LAST_STATE,
        visible_members=visible_members(rule, member, OF_STATE),
        items=_SHOWN_MEMBERS[member],
    )


def member_ids(session: Session, actor: Actor, signal_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of those cases of a signal that the actor may see."""
    rule, binds = signal_rule(actor, now)
    return list(session.scalars(_member_cases(rule), binds | {"signal_id": signal_id}))


@lru_cache(maxsize=200)
def _member_cases(rule: SignalRule) -> Fragment:
    return Fragment(
        """
      select m.id from signal s cross join lateral {last_state} t cross join lateral ({visible_members}) m
      where s.id = :signal_id
        """,
        last_state=LAST_STATE,
        visible_members=visible_members(rule, "incident", OF_STATE),
    )
