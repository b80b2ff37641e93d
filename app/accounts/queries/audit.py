"""SQL that stores and reads the rows of the audit trail (`audit_event`)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, Text, Uuid, any_, bindparam, insert, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.accounts.models import AuditEvent
from app.accounts.queries.act_wording import LABEL, SENTENCES, sentence_of
from app.accounts.queries.rows import AnyRow
from app.core import operators
from app.core.actor import Actor
from app.core.db import Fragment, unscoped

# True for acts (a photo, a note, a print) of an account that only reported, joined, contested or annotated the case: such
# an act would name the reporter. It does not count for an account that directed the case's area at that time.
_ACTED_AS_REPORTER_ONLY = Fragment(
    """
    (e.entity = 'incident'
     and exists (select from incident_event s where s.incident_id = e.entity_id and s.actor_id = e.actor_id
                 and s.action in ('report', 'join'))
     and not exists (select from incident_event s where s.incident_id = e.entity_id and s.actor_id = e.actor_id
                     and s.action not in ('report', 'join', 'contest', 'note'))
     and not exists (
       select from account_grant g join incident i on i.id = e.entity_id
       where g.account_id = e.actor_id and g.role = any(cast(:directing as text[])) and g.unit_id is null
         and g.granted_at <= e.occurred_at and (g.revoked_at is null or g.revoked_at > e.occurred_at)
         and (g.area_id is null or i.scope_path <@ (
           select v.path from area_version v where v.area_id = g.area_id and upper_inf(v.valid)))))
    """
)
# Accounts all of whose places are in the reader's areas. The reader sees acts of these accounts, and acts on these accounts
# and workers, but no acts of others on the reader's own account: an inquiry is hidden from the person it is about.
_MANAGED_ACCOUNT = Fragment(
    """
    managed_account as (
      select g.account_id
      from account_grant g
      left join unit u on u.id = g.unit_id
      left join area_version place on place.area_id = coalesce(g.area_id, u.area_id) and upper_inf(place.valid)
      where g.revoked_at is null and not :everywhere
      group by g.account_id
      having bool_and(exists (
        select from area_version above
        where place.path <@ above.path and upper_inf(above.valid)
          and above.area_id = any(cast(:areas as uuid[])))))
    """
)
_VISIBLE = Fragment(
    """
    (:everywhere
     or e.actor_id = :me
     or (e.actor_kind in ('account','service') and e.actor_id in (select account_id from managed_account))
     or (e.entity in ('account', 'worker') and e.entity_id <> :me
         and e.entity_id in (select account_id from managed_account))
     or (e.entity in ('shift', 'responsibility') and e.detail ->> 'worker_id' <> cast(:me as text)
         and e.detail ->> 'worker_id' in (select cast(account_id as text) from managed_account)))
    -- Nobody can list cases by the person who reported them. Acts on a case about a reader are hidden from that reader.
    and (e.actor_id = :me or e.actor_kind = 'service'
         or e.action not in ('incident.report', 'incident.join', 'incident.contest') and not {acted_as_reporter_only})
    and (e.entity <> 'incident' or e.actor_id = :me or not exists (
           select from incident i where i.id = e.entity_id and i.about_kind is not null
             and (i.about_id = :me or i.about_id in (select g.unit_id from account_grant g
                    where g.account_id = :me and g.revoked_at is null))))
    and (cast(:actor as uuid) is null or e.actor_id = :actor)
    and (cast(:entity as text) is null or e.entity = :entity)
    and (cast(:entity_id as uuid) is null or e.entity_id = :entity_id)
    and (cast(:action as text) is null or e.action = :action)
    and (cast(:purpose as text) is null or position(lower(:purpose) in lower(e.purpose)) > 0)
    and (cast(:since as timestamptz) is null or e.occurred_at >= :since)
    and (cast(:until as timestamptz) is null or e.occurred_at < :until)
    """,
    acted_as_reporter_only=_ACTED_AS_REPORTER_ONLY,
)
_PAGE = unscoped(
    Fragment(
        """
        with {managed_account},
        page as (
          select e.* from audit_event e
          where {visible} and (cast(:after as bigint) is null or e.id < :after)
          order by e.id desc limit :limit + 1),
        shown as (select * from page order by id desc limit :limit)
        select (select json_agg(json_build_object(
                  'id', e.id, 'occurred_at', e.occurred_at,
                  'actor', json_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', a.name),
                  'device_id', e.device_id, 'action', e.action, 'entity', e.entity, 'entity_id', e.entity_id,
                  'label', l.label, 'sentence', {sentences}, 'purpose', e.purpose, 'detail', e.detail)
                  order by e.id desc)
                from shown e left join account a on a.id = e.actor_id
                cross join lateral (select {label} label) l) as items,
               (select count(*) from page) > :limit as has_more,
               (select array[id::text] from shown order by id limit 1) as last
        """,
        managed_account=_MANAGED_ACCOUNT,
        visible=_VISIBLE,
        sentences=SENTENCES,
        label=LABEL,
    ),
    incident="number of the case of a visible event",
)
_SHEET = unscoped(
    Fragment(
        """
        with {managed_account},
        page as (select e.* from audit_event e where {visible} order by e.id desc limit :limit + 1)
        select e.id, e.occurred_at, e.actor_kind, e.actor_id, a.name actor_name, e.action, e.entity, e.entity_id, l.label,
               e.purpose, {english} sentence_en, {chinese} sentence_zh
        from page e left join account a on a.id = e.actor_id cross join lateral (select {label} label) l
        order by e.id desc
        """,
        managed_account=_MANAGED_ACCOUNT,
        visible=_VISIBLE,
        english=sentence_of("en"),
        chinese=sentence_of("zh"),
        label=LABEL,
    ),
    incident="number of the case of a visible event",
)
# Acts of others on the reader's data: readings of positions and personal fields, events of sessions, resets of the password.
_ABOUT_ME = unscoped(
    Fragment(
        """
        with page as (
          select e.* from audit_event e
          where e.actor_id <> :me and (cast(:after as bigint) is null or e.id < :after)
            and (e.entity = 'worker' and e.entity_id = :me and e.action = 'worker.track'
                 or e.entity = 'worker' and e.entity_id is null and e.action in ('worker.locate', 'worker.compare')
                    and e.detail -> 'worker_ids' @> to_jsonb(cast(cast(:me as uuid) as text))
                 or e.entity = 'account' and e.entity_id = :me and e.action in (
                      'session.refresh_repeated', 'session.refresh_reused', 'session.proof_refused',
                      'session.device_refused', 'account.one_time_password')
                 or e.entity in ('account', 'worker') and e.action = 'personal.disclose'
                    and e.detail -> 'rows' @> to_jsonb(cast(cast(:me as uuid) as text))
                 or e.entity = 'reporter' and e.action = 'personal.disclose' and exists (
                      select from reporter r where r.account_id = :me
                      and e.detail -> 'rows' @> to_jsonb(cast(r.id as text))))
          order by e.id desc limit :limit + 1),
        shown as (select * from page order by id desc limit :limit)
        select (select json_agg(json_build_object(
                  'id', e.id, 'occurred_at', e.occurred_at,
                  'actor', json_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', a.name),
                  'action', e.action, 'purpose', e.purpose, 'sentence', {sentences},
                  'detail', case when e.action like 'session.%' then e.detail end) order by e.id desc)
                from shown e left join account a on a.id = e.actor_id
                cross join lateral (select {label} label) l) as items,
               (select count(*) from page) > :limit as has_more,
               (select array[id::text] from shown order by id limit 1) as last
        """,
        sentences=SENTENCES,
        label=LABEL,
    ),
    incident="number of the case of an event about the reader",
)

_INSERT = insert(AuditEvent)
_INSERT_EACH = text("""
    insert into audit_event (occurred_at, actor_kind, actor_id, device_id, action, entity, entity_id, detail)
    select :at, :kind, :actor, :device, :action, :entity, e.id, e.detail
    from jsonb_to_recordset(cast(:details as jsonb)) e(id uuid, detail jsonb)
""")
_LOCK_DISCLOSURES = text(
    "select pg_advisory_xact_lock(hashtextextended('disclose ' || cast(:actor_id as text), 0))"
)
_FIRST = literal(1, literal_execute=True)
_NTH_LAST_ACT = (
    select(AuditEvent.occurred_at)
    .where(
        AuditEvent.actor_id == bindparam("actor_id"),
        AuditEvent.action == any_(bindparam("actions", type_=ARRAY(Text))),
        AuditEvent.occurred_at > bindparam("since"),
    )
    .order_by(AuditEvent.occurred_at.desc())
    .offset(bindparam("number", type_=Integer) - 1)
    .limit(_FIRST)
)
_EDITED = (
    select(AuditEvent.entity_id)
    .distinct()
    .where(
        AuditEvent.entity == bindparam("entity"),
        AuditEvent.entity_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        AuditEvent.occurred_at > bindparam("since"),
        AuditEvent.actor_kind == "account",
        AuditEvent.action.not_in(["personal.disclose", "person.export"]),
    )
)


def insert_event(session: Session, actor: Actor, row: dict[str, Any]) -> None:
    """Store one audit event of an actor.

    Args:
        row: Values of the columns of `AuditEvent`, except the columns of the actor.
    """
    actor_columns = {"actor_kind": actor.kind.value, "actor_id": actor.id, "device_id": actor.device_id}
    session.execute(_INSERT, row | actor_columns | {"detail": row["detail"] | operators.audit_detail()})


def insert_events(
    session: Session,
    actor: Actor,
    *,
    at: datetime,
    action: str,
    entity: str,
    details: Sequence[tuple[UUID, dict[str, Any]]],
) -> None:
    """Store an audit event for each of the rows that one act changed.

    Args:
        details: Pairs of the id of a changed row and the detail of its event.
    """
    recorded = [{"id": row_id, "detail": detail | operators.audit_detail()} for row_id, detail in details]
    binds = {"at": at, "kind": actor.kind.value, "actor": actor.id, "device": actor.device_id}
    binds |= {"action": action, "entity": entity, "details": orjson.dumps(recorded, default=str).decode()}
    session.execute(_INSERT_EACH, binds)


def event_page(session: Session, *, filters: dict[str, Any], after: int | None, limit: int) -> AnyRow:
    """Return a page of audit events, newest first.

    The row has `items`, `has_more` and `last`, as `page_bytes` needs them.
    """
    return session.execute(_PAGE, filters | {"after": after, "limit": limit}).one()


def disclosure_before(
    session: Session, actor_id: UUID, *, number: int, since: datetime, actions: Sequence[str]
) -> datetime | None:
    """Return the instant of the actor's `number`-th last disclosure after `since`.

    Return None if the actor has made fewer disclosures since then. An advisory lock on the actor's disclosures lasts until the
    transaction ends. Without the lock, two concurrent disclosures would not count each other, and both could pass the limit.

    Args:
        number: 1 is the last disclosure.
        actions: Actions of audit events that count as disclosures.
    """
    session.execute(_LOCK_DISCLOSURES, {"actor_id": actor_id})
    binds = {"actor_id": actor_id, "since": since, "number": number, "actions": list(actions)}
    return session.scalar(_NTH_LAST_ACT, binds)


def edited_by_people(
    session: Session, *, entity: str, ids: Collection[UUID], since: datetime
) -> frozenset[UUID]:
    """Return the ids of those entities that a person, and not a job, changed after `since`.

    Disclosures of personal fields do not count as changes.

    Args:
        entity: Kind of the entities in the audit trail.
        ids: The entities to examine.
    """
    edited = session.scalars(_EDITED, {"entity": entity, "ids": list(ids), "since": since})
    return frozenset(entity_id for entity_id in edited if entity_id is not None)


def export_rows(session: Session, *, filters: dict[str, Any], limit: int) -> Sequence[AnyRow]:
    """Return the newest audit events that match the filters, for an export.

    At most `limit` + 1 events are returned. If the result has more than `limit` rows, the caller refuses the export.
    """
    return session.execute(_SHEET, filters | {"limit": limit}).all()


def events_about(session: Session, *, me: UUID, after: int | None, limit: int) -> AnyRow:
    """Return a page of acts of other people on the data of account `me`, newest first."""
    return session.execute(_ABOUT_ME, {"me": me, "after": after, "limit": limit}).one()
