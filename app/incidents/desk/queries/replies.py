"""SQL of replies to the reporters of cases, which are stored as events of the cases."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.incidents.scope import CASE_I, CaseRule, case_visibility, is_ordinary

_READ_BEFORE = "replies to a case that was read by its rule"
# These words were sent to a case `i` before.
_SENT_BEFORE = Fragment(
    """exists (
      select 1 from incident_event e where e.incident_id = i.id and e.action = 'reply' and e.note = :words)"""
)
# How the reporter of a report `r` with the reporter `p` reads replies: with an account, by a secret link or on the page of the
# notice that the report answers, in messages to a confirmed address.
_HAS_ACCOUNT = Fragment("exists (select from account a where a.id = p.account_id and a.disabled_at is null)")
_HAS_LINK = Fragment(
    """(exists (select from follow_link f where f.report_id = r.id and f.revoked_at is null)
      or exists (select from notice_reply n
                 join notice_delivery d on d.notice_id = n.notice_id and d.household_id = n.household_id
                 where n.report_id = r.id and d.secret_digest is not null))"""
)
_HAS_ADDRESS = """exists (
  select from follow_contact c
  where c.report_id = r.id and c.confirmed_at is not null and c.ended_at is null and c.channel = {channel})"""
_HAS_EMAIL = Fragment(_HAS_ADDRESS, channel=Fragment("'email'"))
_HAS_SMS = Fragment(_HAS_ADDRESS, channel=Fragment("'sms'"))
# An account sent the report `r` of a case `i`, for itself or for another person.
_HAS_SENDER = Fragment(
    """exists (select from account a where a.disabled_at is null and a.id = coalesce(r.joined_by, i.reported_by))"""
)


@lru_cache(maxsize=100)
def _concerned(rule: CaseRule) -> Fragment:
    return Fragment(
        """with directed as materialized (
            select i.id from incident i where i.id = any(cast(:ids as uuid[])) and {is_directed})
          select i.id, {sent_before} is_told from incident i
          where (i.id in (select id from directed) or i.merged_into in (select id from directed))
            and i.deleted_at is null and {is_ordinary}
          order by i.merged_into is not null, i.id""",
        is_directed=rule.condition(CASE_I),
        sent_before=_SENT_BEFORE,
        is_ordinary=is_ordinary(CASE_I),
    )


def concerned(
    session: Session, actor: Actor, incident_ids: Sequence[UUID], words: str, *, now: datetime
) -> Sequence[RowMapping]:
    """Return the cases that get a reply: the given cases, and after them the cases merged into them.

    Given cases to which the actor may not reply are left out, together with the cases merged into them. Confidential cases,
    and cases about a person or unit, are left out, too.

    Columns:
        `id`.
        `is_told`: The case has a reply with this text already.
    """
    directed = case_visibility(actor, now, Permission.INCIDENT_REPLY)
    binds = directed.binds | {"ids": list(incident_ids), "words": words}
    return session.execute(_concerned(directed.rule), binds).mappings().all()


_LISTENERS = Fragment(
    """select i.id, i.case_no, {sent_before} is_told,
        exists (select from report r join reporter p on p.id = r.reporter_id
                where r.incident_id = i.id and ({has_account} or {has_link} or {has_email} or {has_sms})) hears,
        exists (select from report r where r.incident_id = i.id and {has_sender}) passes_on
      from incident i
      where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_ordinary} order by i.id""",
    sent_before=_SENT_BEFORE,
    has_account=_HAS_ACCOUNT,
    has_link=_HAS_LINK,
    has_email=_HAS_EMAIL,
    has_sms=_HAS_SMS,
    has_sender=_HAS_SENDER,
    is_ordinary=is_ordinary(CASE_I),
)


def listeners(session: Session, incident_ids: Sequence[UUID], words: str) -> Sequence[RowMapping]:
    """Return for each given case whether somebody would read a reply.

    The caller has locked the cases.

    Columns:
        `id`, `case_no`.
        `is_told`: The case has a reply with this text already.
        `hears`: A reporter has an enabled account, a secret link, the link or code of a notice, or a confirmed address.
        `passes_on`: An enabled account sent a report, for itself or for another person.
    """
    return session.execute(_LISTENERS, {"ids": list(incident_ids), "words": words}).mappings().all()


_AUDIENCE = unscoped(
    Fragment(
        """with reporters as (
            select r.reporter_id, bool_or({has_account}) has_account, bool_or({has_link}) has_link,
              bool_or({has_email}) has_email, bool_or({has_sms}) has_sms, bool_or({has_sender}) has_sender
            from incident i join report r on r.incident_id = i.id join reporter p on p.id = r.reporter_id
            where (i.id = :id or i.merged_into = :id) and i.deleted_at is null and {is_ordinary}
            group by r.reporter_id),
          ways as (select *, has_account or has_link or has_email or has_sms reads from reporters)
          select count(*) reporters, count(*) filter (where reads) reached,
            count(*) filter (where has_account) by_account, count(*) filter (where has_link) by_link,
            count(*) filter (where has_email) by_email, count(*) filter (where has_sms) by_sms,
            count(*) filter (where not reads and has_sender) passed_on,
            count(*) filter (where not reads and not has_sender) unreached
          from ways""",
        has_account=_HAS_ACCOUNT,
        has_link=_HAS_LINK,
        has_email=_HAS_EMAIL,
        has_sms=_HAS_SMS,
        has_sender=_HAS_SENDER,
        is_ordinary=is_ordinary(CASE_I),
    ),
    incident=_READ_BEFORE,
)


def audience(session: Session, incident_id: UUID) -> RowMapping:
    """Return how many reporters of a case, and of the cases merged into it, read a reply, and in which way.

    The caller has checked that the actor may reply to the case.

    Columns: `reporters`, `reached`, `by_account`, `by_link`, `by_email`, `by_sms`, `passed_on`, `unreached`.
    """
    return session.execute(_AUDIENCE, {"id": incident_id}).mappings().one()


_IS_ORDINARY = unscoped(
    Fragment(
        "select exists (select from incident i where i.id = :id and {is_ordinary})",
        is_ordinary=is_ordinary(CASE_I),
    ),
    incident=_READ_BEFORE,
)


def is_open_to_replies(session: Session, incident_id: UUID) -> bool:
    """Return True if a case is neither confidential nor about a person or unit."""
    return bool(session.scalar(_IS_ORDINARY, {"id": incident_id}))


_REPLIES = Fragment(
    """select newest.* from (
        select e.seq, e.note words, e.occurred_at, e.actor_kind, e.actor_id,
          (select a.name from account a where a.id = e.actor_id and (:sees_names or a.id = :me)) actor_name
        from incident_event e
        where e.incident_id = :id and e.action = 'reply' and (cast(:words as text) is null or e.note = :words)
        order by e.seq desc limit :limit) newest
      order by newest.seq"""
)


def replies(
    session: Session, actor: Actor, incident_id: UUID, *, limit: int, words: str | None = None
) -> Sequence[RowMapping]:
    """Return the newest replies of a case, oldest first.

    The caller has checked that the actor may reply to the case. Service accounts see no names but their own.

    Args:
        words: Only replies with this text. None: all.

    Columns: `words`, `occurred_at`, `actor_kind`, `actor_id`, `actor_name` (None: the server, or hidden).
    """
    sees_names = actor.may(Permission.INCIDENT_HANDLE)
    binds = {"id": incident_id, "me": actor.id, "sees_names": sees_names, "words": words, "limit": limit}
    return session.execute(_REPLIES, binds).mappings().all()


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
