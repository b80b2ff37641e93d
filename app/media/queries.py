"""SQL of media: file records, uploads and their parts.

The claims of a file are the place and time that the device or the metadata of the file state.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Uuid, bindparam, delete, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.core.jobs import ENQUEUE_SQL, FILES, enqueue_binds
from app.media.models import Media, MediaPart, MediaUpload

_JSON_COLUMNS = (
    "id", "kind", "state", "refusal", "incident_id", "visit_id", "content_type", "size", "sha256", "width", "height",
    "stripped", "created_at", "received_at", "completed_at", "version", "uploaded_by",
)  # fmt: skip


def _members(of: Any) -> Fragment:
    """Return SQL arguments of `json_build_object` for media, without claims and uploader.

    Claims and uploader are left out because not every actor who sees the file may read them.
    """
    return Fragment(
        """'id', {id}, 'kind', {kind}, 'state', {state}, 'refusal', {refusal}, 'incident_id', {incident_id},
          'visit_id', {visit_id}, 'content_type', {content_type}, 'size', {size}, 'sha256', {sha256}, 'width', {width},
          'height', {height}, 'stripped', {stripped}, 'created_at', {created_at}, 'received_at', {received_at},
          'completed_at', {completed_at}, 'version', {version}, 'mine', {uploaded_by} = :me""",
        **{name: getattr(of, name) for name in _JSON_COLUMNS},
    )


@lru_cache
def media_json(of: Any = Media) -> Fragment:
    """Return an SQL expression: the JSON of a row of media, without claims and uploader.

    Every actor who sees the file may read this JSON. The statement needs the bind parameter `me`, the actor's account id.

    Args:
        of: `Media` or an alias of it in the statement.
    """
    return Fragment("json_build_object({members})", members=_members(of))


_IS_MEDIA = Media.id == bindparam("media_id")

_INSERT = text("""
  with new_media as (
    insert into media (id, kind, state, uploaded_by, device_id, incident_id, visit_id, declared_type, declared_size,
      declared_sha256, claims, created_at)
    values (:id, :kind, 'uploading', :uploaded_by, :device_id, :incident_id, :visit_id, :declared_type,
      :declared_size, :declared_sha256, cast(:claims as jsonb), :now)
    on conflict (id) do nothing returning id)
  insert into media_upload (media_id, metadata_sent, expires_at)
  select id, :metadata_sent, :expires_at from new_media returning media_id
""")
_UPLOAD = (
    select(
        Media.id,
        Media.kind,
        Media.state,
        Media.uploaded_by,
        Media.declared_size,
        Media.declared_sha256,
        Media.declared_type,
        Media.deleted_at,
        Media.incident_id,
        Media.visit_id,
        Media.notice_id,
        func.coalesce(MediaUpload.received, Media.declared_size).label("received"),
        MediaUpload.metadata_sent,
        MediaUpload.expires_at,
    )
    .select_from(Media)
    .outerjoin(MediaUpload, MediaUpload.media_id == Media.id)
    .where(_IS_MEDIA)
)
_LOCK = select(Media.id).where(_IS_MEDIA).with_for_update(key_share=True)
_UNFINISHED = (
    select(func.count())
    .select_from(Media)
    .where(
        Media.uploaded_by == bindparam("account_id"),
        Media.state == "uploading",
        Media.deleted_at.is_(None),
    )
)
_SINCE_HOUR = Media.created_at > bindparam("hour")
_SENT_TOTALS = select(
    func.count().filter(_SINCE_HOUR).label("files"),
    func.min(Media.created_at).filter(_SINCE_HOUR).label("first_in_hour"),
    func.coalesce(func.sum(Media.declared_size), 0).label("bytes"),
    func.min(Media.created_at).label("first_in_day"),
).where(
    Media.uploaded_by == bindparam("account_id"),
    Media.created_at > bindparam("day"),
    Media.id != bindparam("besides"),
    or_(Media.received_at.is_not(None), Media.deleted_at.is_(None)),
)
_ENQUEUE = Fragment(ENQUEUE_SQL)
_ENQUEUE_ONE = Fragment("select {enqueue}", enqueue=_ENQUEUE)
_MARK_RECEIVED = Fragment(
    """
      with received_media as (
        update media set state = 'received', received_at = :now where id = :media_id returning id)
      select {enqueue} from received_media
    """,
    enqueue=_ENQUEUE,
)
_ADD_PART = text("""
  with new_part as (insert into media_part (media_id, start, size, key) values (:media_id, :start, :size, :key))
  update media_upload set received = :start + :size where media_id = :media_id
""")
_PARTS = (
    select(MediaPart.start, MediaPart.size, MediaPart.key)
    .where(MediaPart.media_id == bindparam("media_id"))
    .order_by(MediaPart.start)
)
_DELETE_PARTS = delete(MediaPart).where(MediaPart.media_id == bindparam("media_id"))
_COMPLETE = text("""
  with completed as (
    update media set state = :state, refusal = :refusal, completed_at = :now, content_type = :content_type,
      size = :size, sha256 = :sha256, width = :width, height = :height, stripped = cast(:stripped as jsonb),
      claims = claims || cast(:claims as jsonb)
    where id = :media_id and state = 'received' and deleted_at is null returning id),
  forgotten as (update media_upload set metadata_sent = null from completed where media_id = completed.id)
  select id from completed
""")
_RECORD = select(
    Media.id,
    Media.kind,
    Media.state,
    Media.uploaded_by,
    Media.incident_id,
    Media.visit_id,
    Media.notice_id,
    Media.admitted_by,
    Media.deleted_at,
    Media.version,
    Media.content_type,
    Media.size,
    Media.sha256,
    Media.width,
    Media.refusal,
    Media.claims,
    media_json().label("body"),
).where(_IS_MEDIA)
_RECORD_ID = bindparam("record_id", type_=Uuid())
_LINKS = {
    column: update(Media)
    .where(
        _IS_MEDIA,
        Media.deleted_at.is_(None),
        func.coalesce(Media.incident_id, Media.visit_id, Media.notice_id, _RECORD_ID) == _RECORD_ID,
        or_(literal(column == "notice_id"), Media.kind != "document"),
    )
    .values({column: _RECORD_ID, "admitted_by": bindparam("linked_by")})
    .returning(Media.id)
    for column in ("incident_id", "visit_id", "notice_id")
}
_UNLINK = (
    update(Media).where(_IS_MEDIA).values(incident_id=None, visit_id=None, notice_id=None, admitted_by=None)
)
_MARK_REMOVED = Fragment(
    """
      with removed_media as (
        update media set deleted_at = :now, claims = '{}' where id = :media_id and deleted_at is null returning id),
      forgotten_header as (
        update media_upload set metadata_sent = null from removed_media where media_id = removed_media.id)
      select {enqueue} from removed_media
    """,
    enqueue=_ENQUEUE,
)
_MARK_ERASED = update(Media).where(_IS_MEDIA, Media.deleted_at.is_not(None)).values(erased=True)
_DUE = text("""
  select
    array(select u.media_id from media_upload u join media m on m.id = u.media_id
          where u.expires_at < :now and m.state = 'uploading' and m.deleted_at is null
          order by u.expires_at limit :limit) expired,
    array(select id from media where incident_id is null and visit_id is null and notice_id is null and deleted_at is null
          and state in ('ready', 'refused') and created_at < :loose_before order by created_at limit :limit) loose,
    array(select id from media where state = 'received' and deleted_at is null and received_at < :stuck_before
          order by received_at limit :limit) unfinished,
    array(select id from media where deleted_at is not null and not erased and deleted_at < :stuck_before
          limit :limit) unerased,
    array(select distinct p.media_id from media_part p join media m on m.id = p.media_id
          where m.state in ('ready', 'refused') and m.completed_at < :stuck_before limit :limit) with_parts
""")


def begin(session: Session, values: dict[str, Any]) -> bool:
    """Insert the record of a file and of its upload. Return False if the id is used."""
    claims = orjson.dumps(values["claims"]).decode()
    return session.scalar(_INSERT, values | {"claims": claims}) is not None


def upload(session: Session, media_id: UUID) -> RowMapping | None:
    """Return the record of a file with the progress of its upload, or None.

    The column `received` is the number of bytes that have arrived.
    """
    return session.execute(_UPLOAD, {"media_id": media_id}).mappings().one_or_none()


def lock_upload(session: Session, media_id: UUID) -> RowMapping | None:
    """Lock an upload until the transaction ends, and return it with the columns of `upload`."""
    session.execute(_LOCK, {"media_id": media_id})
    return upload(session, media_id)


def unfinished_of(session: Session, account_id: UUID) -> int:
    """Return the number of uploads of an account that have begun and not ended."""
    return session.scalar(_UNFINISHED, {"account_id": account_id}) or 0


def sent_totals(
    session: Session, account_id: UUID, *, besides: UUID, hour: datetime, day: datetime
) -> RowMapping:
    """Return the numbers of files and bytes that an account has uploaded, for its quota.

    Columns: `files` (number of uploads since `hour`), `first_in_hour` (time of the first of them), `bytes` (declared size of
    the uploads since `day`) and `first_in_day` (time of the first of them). Uploads that ended before they were complete are
    not counted.

    Args:
        besides: Id of an upload that is not counted.
        hour: Beginning of the last hour.
        day: Beginning of the last 24 hours.
    """
    binds = {"account_id": account_id, "besides": besides, "hour": hour, "day": day}
    return session.execute(_SENT_TOTALS, binds).mappings().one()


def add_part(session: Session, media_id: UUID, *, start: int, size: int, key: str) -> None:
    """Store the record of a part of an upload.

    Args:
        start: Offset of the first byte in the file.
        size: Number of bytes.
        key: Key of the object in the store.
    """
    session.execute(_ADD_PART, {"media_id": media_id, "start": start, "size": size, "key": key})


def mark_received(session: Session, media_id: UUID, *, now: datetime, task: str) -> None:
    """Set an upload to received and enqueue the job that processes it, in one statement."""
    binds = enqueue_binds(task, queue=FILES, media_id=str(media_id))
    session.execute(_MARK_RECEIVED, binds | {"media_id": media_id, "now": now})


def enqueue(session: Session, task: str, media_id: UUID) -> None:
    """Enqueue a job for one file."""
    session.execute(_ENQUEUE_ONE, enqueue_binds(task, queue=FILES, media_id=str(media_id)))


def parts(session: Session, media_id: UUID) -> Sequence[RowMapping]:
    """Return `start`, `size` and `key` of the stored parts of an upload, in order of `start`."""
    return session.execute(_PARTS, {"media_id": media_id}).mappings().all()


def complete(session: Session, media_id: UUID, values: dict[str, Any]) -> bool:
    """Set a received file to `ready` or `refused`, and delete the metadata that the client sent.

    Return False if the file has been completed before.
    """
    defaults = dict.fromkeys(("refusal", "content_type", "size", "sha256", "width", "height"))
    binds = (
        defaults
        | values
        | {
            "media_id": media_id,
            "claims": orjson.dumps(values.get("claims", {})).decode(),
            "stripped": orjson.dumps(values["stripped"]).decode() if "stripped" in values else None,
        }
    )
    return session.scalar(_COMPLETE, binds) is not None


def delete_parts(session: Session, media_id: UUID) -> None:
    """Delete the records of the parts of an upload."""
    session.execute(_DELETE_PARTS, {"media_id": media_id})


def record(session: Session, media_id: UUID, *, me: UUID) -> RowMapping | None:
    """Return the record of a file, also of a removed file, or None.

    Columns: `body` (JSON without claims), `claims` (place and time as the device states them; not for every actor), and columns
    for the checks of access.
    """
    return session.execute(_RECORD, {"media_id": media_id, "me": me}).mappings().one_or_none()


def link_to_record(
    session: Session, media_id: UUID, *, column: str, record_id: UUID, admitted_by: UUID
) -> bool:
    """Link a file to a case, a visit or a notice.

    Return False if the file is linked to another record, or is a document and the record is no notice.

    Args:
        column: Column of the link, a key of `_LINKS`.
        admitted_by: Account id of the actor who makes the link.
    """
    binds = {"media_id": media_id, "record_id": record_id, "linked_by": admitted_by}
    return session.scalar(_LINKS[column], binds) is not None


def unlink_from_records(session: Session, media_id: UUID) -> None:
    """Remove the link of a file to its case or visit."""
    session.execute(_UNLINK, {"media_id": media_id})


def mark_removed(session: Session, media_id: UUID, *, now: datetime, task: str) -> bool:
    """Mark a file as removed, and enqueue the erasure of its bytes.

    Return False if the file was marked before.
    """
    binds = enqueue_binds(task, queue=FILES, media_id=str(media_id))
    return session.scalar(_MARK_REMOVED, binds | {"media_id": media_id, "now": now}) is not None


def mark_erased(session: Session, media_id: UUID) -> None:
    """Record that the bytes of a removed file have been erased."""
    session.execute(_MARK_ERASED, {"media_id": media_id})


def due_media(
    session: Session, *, now: datetime, loose_before: datetime, stuck_before: datetime, limit: int
) -> RowMapping:
    """Return the ids of files that are due for cleanup, one array for each reason.

    The reasons are expired uploads, unlinked files, and files whose job did not run.
    """
    binds = {"now": now, "loose_before": loose_before, "stuck_before": stuck_before, "limit": limit}
    return session.execute(_DUE, binds).mappings().one()
