"""The worker's own dead letters. The operation itself stays on the device and on the server."""

from app.sync.queries.registry.entity import RESOLVED_RETENTION, Entity, json_object

DEAD_LETTER = Entity(
    name="dead_letter",
    source="sync_dead_letter l",
    id="l.id",
    buckets={"worker": ("", "l.account_id = :me")},
    live="l.deleted_at is null",
    until=f"l.resolved_at + {RESOLVED_RETENTION}",
    version="l.version",
    item=json_object("""'id', l.id, 'op_id', l.operation ->> 'op_id', 'status', l.status, 'code', l.code, 'entity', l.entity,
      'op', l.op, 'row_id', l.row_id, 'fields', l.explanation -> 'fields', 'happened_at', l.happened_at,
      'arrived_at', l.arrived_at, 'resolution', l.resolution, 'resolved_at', l.resolved_at, 'note', l.note"""),
)
