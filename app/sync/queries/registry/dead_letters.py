"""Synchronised entity: dead letters of the reader's account.

The JSON does not contain the operation, because the device has stored the operation itself.
"""

from app.core.db import Fragment
from app.sync.models import SyncDeadLetter
from app.sync.queries.registry.entity import (
    ME,
    RESOLVED_RETENTION,
    Bucket,
    Entity,
    after,
    json_object,
    same_for_all,
)

DEAD_LETTER = Entity(
    name="dead_letter",
    source=SyncDeadLetter,
    id=SyncDeadLetter.id,
    buckets={"worker": Bucket(condition=SyncDeadLetter.account_id == ME)},
    live=SyncDeadLetter.deleted_at.is_(None),
    until=after(SyncDeadLetter.resolved_at, RESOLVED_RETENTION),
    version=SyncDeadLetter.version,
    item=same_for_all(
        json_object(
            id=SyncDeadLetter.id,
            op_id=Fragment("{operation} ->> 'op_id'", operation=SyncDeadLetter.operation),
            status=SyncDeadLetter.status,
            code=SyncDeadLetter.code,
            entity=SyncDeadLetter.entity,
            op=SyncDeadLetter.op,
            row_id=SyncDeadLetter.row_id,
            fields=Fragment("{explanation} -> 'fields'", explanation=SyncDeadLetter.explanation),
            happened_at=SyncDeadLetter.happened_at,
            arrived_at=SyncDeadLetter.arrived_at,
            resolution=SyncDeadLetter.resolution,
            resolved_at=SyncDeadLetter.resolved_at,
            note=SyncDeadLetter.note,
        )
    ),
)
