"""SQL of replies to the reporters of cases, which are stored as events of the cases."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.scope import CASE_I, CaseRule, case_visibility, is_ordinary

# These words were sent to a case `i` before.
_SENT_BEFORE = Fragment(
    """exists (
      select 1 from incident_event e where e.incident_id = i.id and e.action = 'reply' and e.note = :words)"""
)


@lru_cache(maxsize=100)
def _concerned(rule: CaseRule) -> Fragment:
    return Fragment(
        """with directed as materialized (
            select i.id from incident i where i.id = any(cast(:ids as uuid[])) and {is_directed})
          select i.id, {sent_before} is_told from incident i
          where (i.id in (select id from directed) or i.merged_into in (select id from directed))
            and i.deleted_at is null and {is_ordinary}
          order by i.id""",
        is_directed=rule.condition(CASE_I),
        sent_before=_SENT_BEFORE,
        is_ordinary=is_ordinary(CASE_I),
    )


def concerned(
    session: Session, actor: Actor, incident_ids: Sequence[UUID], words: str, *, now: datetime
) -> Sequence[RowMapping]:
    """Return the cases that get a reply: the given cases, and the cases merged into them.

    Given cases that the actor does not direct are left out, together with the cases merged into them. Confidential cases, and
    cases about a person or unit, are left out, too.

    Columns:
        `id`.
        `is_told`: The case has a reply with this text already.
    """
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed.binds | {"ids": list(incident_ids), "words": words}
    return session.execute(_concerned(directed.rule), binds).mappings().all()


_LISTENERS = Fragment(
    """select i.id, i.case_no, {sent_before} is_told,
        exists (select 1 from report r join reporter p on p.id = r.reporter_id
                join account a on a.id = p.account_id and a.disabled_at is null where r.incident_id = i.id)
          or exists (select 1 from report r join follow_link f on f.report_id = r.id and f.revoked_at is null
                     where r.incident_id = i.id) hears,
        exists (select 1 from account a where a.disabled_at is null and (a.id = i.reported_by or a.id in (
                  select r.joined_by from report r where r.incident_id = i.id))) passes_on
      from incident i
      where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_ordinary} order by i.id""",
    sent_before=_SENT_BEFORE,
    is_ordinary=is_ordinary(CASE_I),
)


def listeners(session: Session, incident_ids: Sequence[UUID], words: str) -> Sequence[RowMapping]:
    """Return for each given case whether somebody with an account or a secret link would read a reply.

    The caller has locked the cases.

    Columns:
        `id`, `case_no`.
        `is_told`: The case has a reply with this text already.
        `hears`: A reporter has an enabled account or a secret link to the case.
        `passes_on`: An enabled account sent a report, for itself or for another person.
    """
    return session.execute(_LISTENERS, {"ids": list(incident_ids), "words": words}).mappings().all()


_REPLY = Fragment(
    """with replied as (
        update incident set updated_at = :now where id = any(cast(:ids as uuid[])) returning id, status)
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note)
      select id, 'reply', status, status, :kind, :me, :now, :words from replied order by id"""
)


def reply(session: Session, actor: Actor, incident_ids: Sequence[UUID], words: str, *, now: datetime) -> None:
    """Append a reply to the history of each case.

    The state stays. The version is raised, so devices with a copy of the case fetch it again.
    """
    binds = {"ids": list(incident_ids), "kind": actor.kind.value, "me": actor.id, "words": words, "now": now}
    session.execute(_REPLY, binds)
