"""SQL of the secrets of households: links and codes, what they open, replies, wrong codes."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households import service as households
from app.incidents.scope import case_visibility
from app.notices.queries.shown_households import ShownHousehold, shown_household
from app.notices.scope import SENDER

_SET_SECRET = text("""
  update notice_delivery set secret_digest = :digest, sent_at = coalesce(sent_at, :now), opened_at = null, revoked_at = null
  where notice_id = :notice_id and household_id = :household_id and channel = :channel returning 1
""")
_REVOKE = text("""
  update notice_delivery set secret_digest = null, revoked_at = :now
  where notice_id = :notice_id and household_id = :household_id and channel = :channel and secret_digest is not null
  returning 1
""")
_OPENED = unscoped(
    Fragment(
        """
      select d.notice_id, d.household_id, d.channel, d.opened_at, notice.jurisdiction_id, notice.texts, notice.purpose,
        notice.state, notice.valid_from, notice.valid_until, notice.withdrawn_reason, notice.reply_category, {sender} sender,
        addressee.state household_state, ST_X(premises.location) lon, ST_Y(premises.location) lat
      from notice_delivery d
      join notice on notice.id = d.notice_id
      join notice_household addressee on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
      join household on household.id = d.household_id join premises on premises.id = household.premises_id
      where d.secret_digest = :digest and notice.published_at is not null and household.deleted_at is null
      for update of addressee, d
        """,
        sender=SENDER,
    ),
    household="the household whose secret the caller has",
    notice="the notice whose secret the caller has",
    premises="place of the household whose secret the caller has",
)
_MARK_OPENED = text("""
  update notice_delivery set opened_at = :now
  where notice_id = :notice_id and household_id = :household_id and channel = :channel and opened_at is null
""")
_COUNT_STEPS = text("""
  select count(*) from notice_event where notice_id = :notice_id and household_id = :household_id and actor_id is null
""")
_ADD_REPLY = text("""
  insert into notice_reply (report_id, notice_id, household_id, incident_id, received_at)
  select p.report_id, :notice_id, :household_id, p.incident_id, :now from public_report p
  where p.caller_id = :caller_id and p.client_id = :client_id
  on conflict (report_id) do nothing
""")
_CASE_OF = text("""
  select r.incident_id from notice_reply r join public_report p on p.report_id = r.report_id
  where p.caller_id = :caller_id and p.client_id = :client_id
""")
_REPLIES = unscoped(
    Fragment("""
      select r.report_id, r.received_at, i.id own_incident_id, report.words,
        coalesce(i.merged_into, i.id) incident_id, i.case_no
      from notice_reply r join incident i on i.id = r.incident_id join report on report.id = r.report_id
      where r.notice_id = :notice_id and r.household_id = :household_id and i.deleted_at is null
      order by r.received_at desc, r.report_id limit 50
    """),
    incident="cases of replies of the household whose secret the caller has",
)
_COUNT_FAILURES = text("""
  select count(*) from notice_code_failure where source_digest = :source and failed_at > :since
""")
_ADD_FAILURE = text("insert into notice_code_failure (source_digest, failed_at) values (:source, :now)")
_FORGET_FAILURES = text("delete from notice_code_failure where failed_at < :before")


def set_secret(session: Session, binds: dict[str, Any]) -> bool:
    """Store the digest of a new secret in place of the present one. Return False if the channel is closed.

    Args:
        binds: `notice_id`, `household_id`, `channel`, `digest`, `now`.
    """
    return session.scalar(_SET_SECRET, binds) is not None


def revoke(session: Session, binds: dict[str, Any]) -> bool:
    """Revoke a secret. Return False if there is none. `binds`: `notice_id`, `household_id`, `channel`, `now`."""
    return session.scalar(_REVOKE, binds) is not None


def opened(session: Session, digest: bytes) -> RowMapping | None:
    """Lock and return what a secret opens, or None."""
    return session.execute(_OPENED, {"digest": digest}).mappings().one_or_none()


def mark_opened(session: Session, row: RowMapping, *, now: datetime) -> None:
    """Store that a secret was first used now."""
    names = ("notice_id", "household_id", "channel")
    session.execute(_MARK_OPENED, {name: row[name] for name in names} | {"now": now})


def steps_of_household(session: Session, notice_id: UUID, household_id: UUID) -> int:
    """Return the number of steps that a household stored itself."""
    return session.scalar(_COUNT_STEPS, {"notice_id": notice_id, "household_id": household_id}) or 0


def add_reply(session: Session, binds: dict[str, Any]) -> None:
    """Link a case with the notice that it answers.

    Args:
        binds: `notice_id`, `household_id`, `caller_id` and `client_id` of the public report, `now`.
    """
    session.execute(_ADD_REPLY, binds)


def case_of_reply(session: Session, caller_id: UUID, client_id: str) -> UUID:
    """Return the id of the case that a reply opened."""
    binds = {"caller_id": caller_id, "client_id": client_id}
    result: UUID = session.execute(_CASE_OF, binds).scalar_one()
    return result


def replies_of_household(session: Session, notice_id: UUID, household_id: UUID) -> Sequence[RowMapping]:
    """Return the replies of a household, the newest first."""
    binds = {"notice_id": notice_id, "household_id": household_id}
    return session.execute(_REPLIES, binds).mappings().all()


def failures(session: Session, source: bytes, *, since: datetime) -> int:
    """Return the number of wrong codes from a network address."""
    return session.scalar(_COUNT_FAILURES, {"source": source, "since": since}) or 0


def add_failure(session: Session, source: bytes, *, now: datetime) -> None:
    """Store that a wrong code came from a network address."""
    session.execute(_ADD_FAILURE, {"source": source, "now": now})


def forget_failures(session: Session, *, before: datetime) -> None:
    """Delete older wrong codes."""
    session.execute(_FORGET_FAILURES, {"before": before})


@lru_cache(maxsize=100)
def _visible(sees_household: ColumnElement[bool], sees_case: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        select r.report_id id, incident.jurisdiction_id, incident.id case_id, incident.case_no, r.notice_id,
          (select jsonb_object_agg(t.key, t.value->'title') from jsonb_each(notice.texts) t) notice_titles
        from notice_reply r join household on household.id = r.household_id
          join incident on incident.id = r.incident_id join notice on notice.id = r.notice_id
        where r.report_id = any(cast(:ids as uuid[])) and {sees_household} and {sees_case}
          and incident.deleted_at is null
        """,
        sees_household=sees_household,
        sees_case=sees_case,
    )


def visible_replies(
    session: Session, actor: Actor, report_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Return those of the replies whose household and case the actor sees, by the id of the report."""
    homes = households.household_visibility(actor, now, Permission.NOTICE_READ)
    cases = case_visibility(actor, now)
    statement = unscoped(
        _visible(homes.condition, cases.condition()),
        notice="title of a notice whose addressee the caller sees",
    )
    binds = homes.binds | cases.binds | {"ids": list(report_ids)}
    return {row["id"]: row for row in session.execute(statement, binds).mappings()}


@lru_cache(maxsize=100)
def _reply_page(
    sees_household: ColumnElement[bool], sees_case: ColumnElement[bool], shown: ShownHousehold
) -> Fragment:
    return Fragment(
        """
        with page as materialized (
          select r.report_id, r.household_id, r.received_at, incident.id incident_id, incident.case_no, incident.category,
            incident.status, incident.closed_at, row_number() over (order by r.report_id desc) place
          from notice_reply r join household on household.id = r.household_id join incident on incident.id = r.incident_id
          where r.notice_id = :notice_id and {sees_household} and {sees_case} and incident.deleted_at is null
            and (cast(:after as uuid) is null or r.report_id < :after)
          order by r.report_id desc limit :limit + 1)
        select (select coalesce(json_agg(json_build_object('report_id', page.report_id, 'received_at', page.received_at,
                  'household', {shown}, 'incident', json_build_object('id', page.incident_id, 'case_no', page.case_no,
                    'category', page.category, 'status', page.status, 'closed_at', page.closed_at))
                  order by page.report_id desc), '[]')
                from page join household on household.id = page.household_id {joins} where page.place <= :limit) items,
               (select array[report_id::text] from page
                where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        sees_household=sees_household,
        sees_case=sees_case,
        shown=shown.json,
        joins=shown.joins,
    )


def replies(
    session: Session, actor: Actor, notice_id: UUID, *, now: datetime, after: UUID | None, limit: int
) -> RowMapping:
    """Return one page of the replies whose household and case the actor sees, the newest first: `items` and `next_key`."""
    shown, binds = shown_household(actor, now)
    homes = households.household_visibility(actor, now, Permission.NOTICE_READ)
    cases = case_visibility(actor, now)
    statement = unscoped(
        _reply_page(homes.condition, cases.condition(), shown),
        premises="address of an addressee, masked by the rule of addresses",
    )
    binds |= homes.binds | cases.binds | {"notice_id": notice_id, "after": after, "limit": limit}
    return session.execute(statement, binds).mappings().one()
