"""The audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.orm import Session

from app.accounts.models import AuditEvent
from app.core.actor import Actor

# Readers of some areas see the acts of accounts that work nowhere but there, and acts upon such
# accounts (not upon their own: an inquiry is not for its subject). Everything else stays hidden.
_PAGE = text("""
    with mine as (
      select g.account_id
      from account_grant g
      left join unit u on u.id = g.unit_id
      left join area_version here on here.area_id = coalesce(g.area_id, u.area_id) and upper_inf(here.valid)
      where g.revoked_at is null and not :everywhere
      group by g.account_id
      having bool_and(exists (
        select from area_version above
        where here.path <@ above.path and upper_inf(above.valid)
          and above.area_id = any(cast(:areas as uuid[]))))),
    page as (
      select e.id, json_build_object(
        'id', e.id, 'occurred_at', e.occurred_at,
        'actor', json_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', a.name),
        'device_id', e.device_id, 'action', e.action, 'entity', e.entity, 'entity_id', e.entity_id,
        'purpose', e.purpose, 'detail', e.detail) as body
      from audit_event e
      left join account a on a.id = e.actor_id
      where (:everywhere
             or e.actor_id = :me
             or (e.actor_kind = 'account' and e.actor_id in (select account_id from mine))
             or (e.entity = 'account' and e.entity_id <> :me
                 and e.entity_id in (select account_id from mine)))
        -- Nobody can list cases by reporter, and nothing of a case about the reader is shown to her.
        and (e.action <> 'incident.report' or e.actor_id = :me)
        and (e.entity <> 'incident' or e.actor_id = :me or not exists (
               select from incident i where i.id = e.entity_id and i.about_kind is not null
                 and (i.about_id = :me or i.about_id in (select g.unit_id from account_grant g
                        where g.account_id = :me and g.revoked_at is null))))
        and (cast(:actor as uuid) is null or e.actor_id = :actor)
        and (cast(:entity as text) is null or e.entity = :entity)
        and (cast(:entity_id as uuid) is null or e.entity_id = :entity_id)
        and (cast(:action as text) is null or e.action = :action)
        and (cast(:since as timestamptz) is null or e.occurred_at >= :since)
        and (cast(:until as timestamptz) is null or e.occurred_at < :until)
        and (cast(:after as bigint) is null or e.id < :after)
      order by e.id desc limit :limit + 1),
    shown as (select * from page order by id desc limit :limit)
    select (select json_agg(body order by id desc) from shown) as items,
           (select count(*) from page) > :limit as has_more,
           (select array[id::text] from shown order by id limit 1) as last
""")


def insert_event(
    session: Session,
    actor: Actor,
    *,
    at: datetime,
    action: str,
    entity: str,
    entity_id: UUID | None,
    purpose: str | None,
    detail: dict[str, Any],
) -> None:
    session.execute(
        insert(AuditEvent).values(
            occurred_at=at,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            device_id=actor.device_id,
            action=action,
            entity=entity,
            entity_id=entity_id,
            purpose=purpose,
            detail=detail,
        )
    )


def page(
    session: Session,
    *,
    everywhere: bool,
    me: UUID,
    areas: list[UUID],
    actor: UUID | None,
    entity: str | None,
    entity_id: UUID | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    after: int | None,
    limit: int,
) -> Row[Any]:
    """Events, the last recorded first: `items` as JSON, `has_more`, and the key of the `last`."""
    return session.execute(
        _PAGE,
        {
            "everywhere": everywhere,
            "me": me,
            "areas": areas,
            "actor": actor,
            "entity": entity,
            "entity_id": entity_id,
            "action": action,
            "since": since,
            "until": until,
            "after": after,
            "limit": limit,
        },
    ).one()


def disclosure_before(session: Session, actor_id: UUID, *, number: int, since: datetime) -> datetime | None:
    """When the actor's `number`-th last disclosure was, if it was after `since`; she is held until the end."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended('disclose ' || cast(:id as text), 0))"),
        {"id": actor_id},
    )
    sql = """
      select occurred_at from audit_event
      where actor_id = :id and action = 'personal.disclose' and occurred_at > :since
      order by occurred_at desc offset :number - 1 limit 1
    """
    found: datetime | None = session.scalar(text(sql), {"id": actor_id, "since": since, "number": number})
    return found
