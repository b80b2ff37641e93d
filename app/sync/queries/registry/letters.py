"""What waits for a person of what this phone sent. The operation itself stays where it was made, and on the server."""

from app.sync.queries.registry.entity import TIMES_KEPT, Entity, form

DEAD_LETTER = Entity(
    name="dead_letter",
    source="sync_dead_letter l",
    id="l.id",
    buckets={"worker": ("", "l.account_id = :me")},
    live="l.deleted_at is null",
    until=f"l.resolved_at + {TIMES_KEPT}",
    version="l.version",
    item=form("""'id', l.id, 'op_id', l.operation ->> 'op_id', 'status', l.status, 'code', l.code, 'entity', l.entity,
      'op', l.op, 'row_id', l.row_id, 'fields', l.explanation -> 'fields', 'happened_at', l.happened_at,
      'arrived_at', l.arrived_at, 'resolution', l.resolution, 'resolved_at', l.resolved_at, 'note', l.note"""),
)
