"""Statements on the evidence of a version of a profile: statement of the author, citations, published changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_VERSION = text("""
  select v.id, v.jurisdiction_id, j.code, v.number, v.in_force_from, v.created_by,
    (select min(n.in_force_from) from profile_version n
     where n.jurisdiction_id = v.jurisdiction_id and n.number > v.number) in_force_until
  from profile_version v join jurisdiction j on j.id = v.jurisdiction_id
  where v.jurisdiction_id = :jurisdiction_id and v.number = :number
""")
_STORE = text("""
  insert into profile_statement (version_id, measure, category, summary, is_published, stated_by, stated_at)
  values (:version_id, :measure, :category, cast(:summary as jsonb), :is_published, :me, :now)
  on conflict (version_id) do update set measure = excluded.measure, category = excluded.category,
    summary = excluded.summary, is_published = excluded.is_published, stated_by = excluded.stated_by,
    stated_at = excluded.stated_at
""")
_REMOVE = text("""
  update profile_evidence set removed_at = :now where version_id = :version_id and removed_at is null
""")
_CITE = text("""
  insert into profile_evidence (version_id, kind, subject_id, place, note)
  values (:version_id, :kind, :subject_id, :place, :note)
  on conflict (version_id, kind, subject_id) do update
    set place = excluded.place, note = excluded.note, removed_at = null
""")
_STATEMENT = text("""
  select measure, category, summary, is_published, stated_at from profile_statement where version_id = :version_id
""")
_EVIDENCE = text("""
  select kind, subject_id, note from profile_evidence where version_id = :version_id and removed_at is null order by place
""")
_CITING = text("""
  select j.code, v.number, v.in_force_from, e.kind, e.subject_id, e.note
  from profile_evidence e join profile_version v on v.id = e.version_id join jurisdiction j on j.id = v.jurisdiction_id
  where e.removed_at is null and e.subject_id = any(cast(:report_ids as uuid[]) || cast(:reply_ids as uuid[])
      || cast(:case_id as uuid))
    and (e.kind = 'case' and e.subject_id = :case_id
         or e.kind = 'rating' and e.subject_id = any(cast(:report_ids as uuid[]))
         or e.kind = 'notice_reply' and e.subject_id = any(cast(:reply_ids as uuid[])))
  order by v.in_force_from desc, v.number desc, e.place limit :limit
""")
# A version that was replaced before it came into force changed nothing.
_PUBLISHED = text("""
  select v.id, v.number, v.in_force_from, s.summary, s.measure, s.category,
    (select min(n.in_force_from) from profile_version n
     where n.jurisdiction_id = v.jurisdiction_id and n.number > v.number) in_force_until,
    (select count(*) from profile_evidence e
     where e.version_id = v.id and e.removed_at is null and e.kind = 'signal') signals,
    array(select e.subject_id from profile_evidence e
          where e.version_id = v.id and e.removed_at is null and e.kind = 'case') case_ids,
    array(select e.subject_id from profile_evidence e
          where e.version_id = v.id and e.removed_at is null and e.kind = 'rating') report_ids
  from profile_version v join profile_statement s on s.version_id = v.id
  where v.jurisdiction_id = :jurisdiction_id and s.is_published and v.in_force_from <= :now
    and not exists (select from profile_version n where n.jurisdiction_id = v.jurisdiction_id and n.number > v.number
                    and n.in_force_from <= v.in_force_from)
  order by v.number desc limit :limit
""")


def version(session: Session, *, jurisdiction_id: UUID, number: int) -> RowMapping | None:
    """Return a version with its author and the instant from which a newer one applies, or None."""
    binds = {"jurisdiction_id": jurisdiction_id, "number": number}
    return session.execute(_VERSION, binds).mappings().one_or_none()


def store(
    session: Session, version_id: UUID, values: dict[str, Any], items: Sequence[dict[str, Any]]
) -> None:
    """Replace the statement and the evidence of a version."""
    session.execute(_STORE, values | {"version_id": version_id})
    session.execute(_REMOVE, {"version_id": version_id, "now": values["now"]})
    if items:
        rows = [
            {"version_id": version_id, "place": place, "kind": item["kind"]}
            | {"subject_id": item["id"], "note": item["note"]}
            for place, item in enumerate(items)
        ]
        session.execute(_CITE, rows)


def statement(session: Session, version_id: UUID) -> RowMapping | None:
    """Return what the author says of a version, or None."""
    return session.execute(_STATEMENT, {"version_id": version_id}).mappings().one_or_none()


def evidence(session: Session, version_id: UUID) -> Sequence[RowMapping]:
    """Return the evidence of a version in the order of its author: `kind`, `subject_id`, `note`."""
    return session.execute(_EVIDENCE, {"version_id": version_id}).mappings().all()


def citing(
    session: Session, case_id: UUID, *, report_ids: Sequence[UUID], reply_ids: Sequence[UUID], limit: int
) -> Sequence[RowMapping]:
    """Return the citations of a case, of the ratings of these reports and of these replies, newest versions first.

    The first report of a case has the id of the case, so the kinds are told apart.
    """
    binds = {"case_id": case_id, "report_ids": list(report_ids), "reply_ids": list(reply_ids), "limit": limit}
    return session.execute(_CITING, binds).mappings().all()


def published(session: Session, jurisdiction_id: UUID, *, now: datetime, limit: int) -> Sequence[RowMapping]:
    """Return the versions in force or past whose summary is published, the newest first."""
    binds = {"jurisdiction_id": jurisdiction_id, "now": now, "limit": limit}
    return session.execute(_PUBLISHED, binds).mappings().all()
