"""SQL of media: records, uploads and their parts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.jobs import ENQUEUE_SQL, FILES, enqueue_binds

# What a record looks like to those who may see what it hangs on. Claims and the uploader are for fewer people.
FIELDS = """
  'id', m.id, 'kind', m.kind, 'state', m.state, 'refusal', m.refusal, 'incident_id', m.incident_id,
  'visit_id', m.visit_id, 'content_type', m.content_type, 'size', m.size, 'sha256', m.sha256, 'width', m.width,
  'height', m.height, 'stripped', m.stripped, 'created_at', m.created_at, 'received_at', m.received_at,
  'completed_at', m.completed_at, 'version', m.version, 'mine', m.uploaded_by = :me
"""
_UPLOAD = """
  select m.id, m.kind, m.state, m.uploaded_by, m.declared_size, m.declared_sha256, m.declared_type, m.deleted_at,
         m.incident_id, m.visit_id, coalesce(u.received, m.declared_size) received, u.metadata_sent, u.expires_at
  from media m left join media_upload u on u.media_id = m.id where m.id = :id
"""


def begin(session: Session, values: dict[str, Any]) -> bool:
    """Insert the record and its upload. Return False if the id is taken."""
    sql = """
      with made as (
        insert into media (id, kind, state, uploaded_by, device_id, incident_id, visit_id, declared_type, declared_size,
          declared_sha256, claims, created_at)
        values (:id, :kind, 'uploading', :uploaded_by, :device_id, :incident_id, :visit_id, :declared_type,
          :declared_size, :declared_sha256, cast(:claims as jsonb), :now)
        on conflict (id) do nothing returning id)
      insert into media_upload (media_id, metadata_sent, expires_at)
      select id, :metadata_sent, :expires_at from made returning media_id
    """
    claims = orjson.dumps(values["claims"]).decode()
    return session.scalar(text(sql), values | {"claims": claims}) is not None


def upload(session: Session, media_id: UUID) -> RowMapping | None:
    return session.execute(text(_UPLOAD), {"id": media_id}).mappings().one_or_none()


def lock_upload(session: Session, media_id: UUID) -> RowMapping | None:
    """Lock an upload until the transaction ends, then return it as `upload` does."""
    session.execute(text("select 1 from media where id = :id for no key update"), {"id": media_id})
    return upload(session, media_id)


def unfinished_of(session: Session, account_id: UUID) -> int:
    sql = """select count(*) from media
             where uploaded_by = :id and state = 'uploading' and deleted_at is null"""
    count: int = session.scalar(text(sql), {"id": account_id}) or 0
    return count


def sent_totals(
    session: Session, account_id: UUID, *, besides: UUID, hour: datetime, day: datetime
) -> RowMapping:
    """Return files and bytes that an account has sent: since `hour` and since `day`.

    What was given up before it was complete does not count, and neither does the upload `besides`.
    """
    sql = """
      select count(*) filter (where created_at > :hour) files, min(created_at) filter (where created_at > :hour) first_in_hour,
             coalesce(sum(declared_size), 0) bytes, min(created_at) first_in_day
      from media
      where uploaded_by = :id and created_at > :day and id <> :besides and (received_at is not null or deleted_at is null)
    """
    binds = {"id": account_id, "besides": besides, "hour": hour, "day": day}
    return session.execute(text(sql), binds).mappings().one()


def add_part(session: Session, media_id: UUID, *, start: int, size: int, key: str) -> None:
    sql = """
      with part as (insert into media_part (media_id, start, size, key) values (:id, :start, :size, :key))
      update media_upload set received = :start + :size where media_id = :id
    """
    session.execute(text(sql), {"id": media_id, "start": start, "size": size, "key": key})


def mark_received(session: Session, media_id: UUID, *, now: datetime, task: str) -> None:
    """Mark the upload as received and enqueue its processing, in one statement."""
    sql = f"""
      with told as (update media set state = 'received', received_at = :now where id = :id returning id)
      select {ENQUEUE_SQL} from told
    """
    session.execute(
        text(sql), {"id": media_id, "now": now} | enqueue_binds(task, queue=FILES, media_id=str(media_id))
    )


def enqueue(session: Session, task: str, media_id: UUID) -> None:
    session.execute(text(f"select {ENQUEUE_SQL}"), enqueue_binds(task, queue=FILES, media_id=str(media_id)))


def parts(session: Session, media_id: UUID) -> Sequence[RowMapping]:
    sql = "select start, size, key from media_part where media_id = :id order by start"
    return session.execute(text(sql), {"id": media_id}).mappings().all()


def complete(session: Session, media_id: UUID, values: dict[str, Any]) -> bool:
    """Set a received file to ready or refused, once, and delete the sender's metadata."""
    sql = """
      with done as (
        update media set state = :state, refusal = :refusal, completed_at = :now, content_type = :content_type,
          size = :size, sha256 = :sha256, width = :width, height = :height, stripped = cast(:stripped as jsonb),
          claims = claims || cast(:claims as jsonb)
        where id = :id and state = 'received' and deleted_at is null returning id),
      forgotten as (update media_upload set metadata_sent = null from done where media_id = done.id)
      select id from done
    """
    defaults = dict.fromkeys(("refusal", "content_type", "size", "sha256", "width", "height"))
    binds = (
        defaults
        | values
        | {
            "id": media_id,
            "claims": orjson.dumps(values.get("claims", {})).decode(),
            "stripped": orjson.dumps(values["stripped"]).decode() if "stripped" in values else None,
        }
    )
    return session.scalar(text(sql), binds) is not None


def forget_parts(session: Session, media_id: UUID) -> None:
    session.execute(text("delete from media_part where media_id = :id"), {"id": media_id})


def record(session: Session, media_id: UUID, *, me: UUID) -> RowMapping | None:
    """Return one record, also a removed one, with its JSON (`body`, `claims`) and the columns for access checks."""
    sql = f"""
      select m.id, m.kind, m.state, m.uploaded_by, m.incident_id, m.visit_id, m.admitted_by, m.deleted_at, m.version,
             m.content_type, m.size, m.sha256, m.width, m.refusal, json_build_object({FIELDS}) body, m.claims
      from media m where m.id = :id
    """
    return session.execute(text(sql), {"id": media_id, "me": me}).mappings().one_or_none()


def link_to_record(
    session: Session, media_id: UUID, *, column: str, record_id: UUID, admitted_by: UUID
) -> bool:
    """Link media to a record. Return False if it is linked to another one."""
    sql = f"""
      update media set {column} = :record_id, admitted_by = :admitted_by
      where id = :id and deleted_at is null and coalesce(incident_id, visit_id, :record_id) = :record_id
      returning id
    """
    binds = {"id": media_id, "record_id": record_id, "admitted_by": admitted_by}
    return session.scalar(text(sql), binds) is not None


def unlink_from_records(session: Session, media_id: UUID) -> None:
    sql = "update media set incident_id = null, visit_id = null, admitted_by = null where id = :id"
    session.execute(text(sql), {"id": media_id})


def mark_removed(session: Session, media_id: UUID, *, now: datetime, task: str) -> bool:
    """Set the tombstone and enqueue the erasure of the bytes. Return False if it was set before."""
    sql = f"""
      with gone as (
        update media set deleted_at = :now, claims = '{{}}' where id = :id and deleted_at is null returning id),
      forgotten as (update media_upload set metadata_sent = null from gone where media_id = gone.id)
      select {ENQUEUE_SQL} from gone
    """
    binds = {"id": media_id, "now": now} | enqueue_binds(task, queue=FILES, media_id=str(media_id))
    return session.scalar(text(sql), binds) is not None


def mark_erased(session: Session, media_id: UUID) -> None:
    session.execute(
        text("update media set erased = true where id = :id and deleted_at is not null"), {"id": media_id}
    )


def due_media(
    session: Session, *, now: datetime, loose_before: datetime, stuck_before: datetime, limit: int
) -> RowMapping:
    """Return ids of media due for cleanup: expired uploads, unlinked media, and files whose job was missed."""
    sql = """
      select
        array(select u.media_id from media_upload u join media m on m.id = u.media_id
              where u.expires_at < :now and m.state = 'uploading' and m.deleted_at is null
              order by u.expires_at limit :limit) expired,
        array(select id from media where incident_id is null and visit_id is null and deleted_at is null
              and state in ('ready', 'refused') and created_at < :loose_before order by created_at limit :limit) loose,
        array(select id from media where state = 'received' and deleted_at is null and received_at < :stuck_before
              order by received_at limit :limit) unfinished,
        array(select id from media where deleted_at is not null and not erased and deleted_at < :stuck_before
              limit :limit) unerased,
        array(select distinct p.media_id from media_part p join media m on m.id = p.media_id
              where m.state in ('ready', 'refused') and m.completed_at < :stuck_before limit :limit) with_parts
    """
    binds = {"now": now, "loose_before": loose_before, "stuck_before": stuck_before, "limit": limit}
    return session.execute(text(sql), binds).mappings().one()
