"""The account's own records: account, worker, responsibilities, duties, shifts, substitutions, SOS, day plan, contests."""

from typing import Any

from app.planning import service as planning
from app.sync.queries.registry.entity import END_OF_DAY, RESOLVED_RETENTION, Entity, Reader, json_object


def _account_json(reader: Reader) -> tuple[str, dict[str, Any]]:
    return (
        """json_build_object('id', a.id, 'username', a.username, 'name', a.name,
          'roles', (select coalesce(json_agg(json_build_object('role', g.role, 'area_id', g.area_id, 'unit_id', g.unit_id)
                                    order by g.id), '[]')
                    from account_grant g where g.account_id = a.id and g.revoked_at is null and g.deleted_at is null),
          'permissions', cast(:permissions as text[]))""",
        {"permissions": sorted(p.value for p in reader.actor.permissions)},
    )


ACCOUNT = Entity(
    name="account",
    source="account a",
    id="a.id",
    buckets={"worker": ("", "a.id = :me")},
    live="a.deleted_at is null",
    version="a.version",
    item=_account_json,
)

WORKER = Entity(
    name="worker",
    source="worker w",
    id="w.id",
    buckets={"worker": ("", "w.id = :me")},
    live="w.deleted_at is null",
    version="w.version",
    item=json_object(
        "'id', w.id, 'name', w.name, 'capacity', w.capacity, 'skills', w.skills, 'permits', w.permits"
    ),
)

RESPONSIBILITY = Entity(
    name="responsibility",
    source="responsibility r",
    id="r.id",
    buckets={"worker": ("", "r.worker_id = :me")},
    live="r.deleted_at is null",
    until="upper(r.valid)",
    version="r.version",
    item=json_object("""'id', r.id, 'worker_id', r.worker_id, 'area_id', r.area_id, 'role', r.role,
      'since', lower(r.valid), 'until', upper(r.valid)"""),
)

DUTY = Entity(
    name="duty",
    source="duty d",
    id="d.id",
    buckets={"worker": ("", "d.worker_id = :me")},
    live="d.deleted_at is null",
    until=f"upper(d.during) + {RESOLVED_RETENTION}",
    version="d.version",
    item=json_object("'id', d.id, 'since', lower(d.during), 'until', upper(d.during), 'note', d.note"),
)

SHIFT = Entity(
    name="shift",
    source="shift s",
    id="s.id",
    buckets={"worker": ("", "s.worker_id = :me")},
    live="s.deleted_at is null",
    until=f"upper(s.during) + {RESOLVED_RETENTION}",
    version="s.version",
    item=json_object("'id', s.id, 'since', lower(s.during), 'until', upper(s.during), 'note', s.note"),
)

SUBSTITUTION = Entity(
    name="substitution",
    source="substitution s join worker w on w.id = s.worker_id join worker b on b.id = s.substitute_id",
    id="s.id",
    buckets={"worker": ("", ":me in (s.worker_id, s.substitute_id)")},
    live="s.deleted_at is null",
    until="upper(s.during)",
    version="s.version",
    # Why somebody is absent is for whoever entered it, and for herself.
    item=json_object("""'id', s.id, 'worker', json_build_object('id', w.id, 'name', w.name),
      'substitute', json_build_object('id', b.id, 'name', b.name), 'since', lower(s.during), 'until', upper(s.during),
      'reason', case when :me in (s.recorded_by, s.worker_id) then s.reason end"""),
)

SOS = Entity(
    name="sos",
    source="sos s join worker w on w.id = s.worker_id",
    id="s.id",
    # Whoever called, and whoever was told of it.
    buckets={
        "worker": (
            "",
            """(s.worker_id = :me or exists (select 1 from sos_recipient sr
                where sr.sos_id = s.id and sr.recipient_id = :me and sr.deleted_at is null))""",
        )
    },
    live="s.deleted_at is null",
    until=f"s.closed_at + {RESOLVED_RETENTION}",
    version="s.version",
    item=json_object("""'id', s.id, 'worker', json_build_object('id', w.id, 'name', w.name),
      'raised_at', s.raised_at, 'received_at', s.received_at, 'on_duty', s.is_on_duty,
      'lon', s.lon, 'lat', s.lat, 'accuracy_m', s.accuracy_m, 'place_erased_at', s.place_erased_at, 'note', s.note,
      'acknowledged_at', s.acknowledged_at, 'acknowledged_by', (
        select json_build_object('id', a.id, 'name', a.name) from account a where a.id = s.acknowledged_by),
      'closed_at', s.closed_at, 'outcome', s.outcome, 'closing_note', s.closing_note"""),
)

# A whole day at once: stops stand in their order, and name homes and cases by id.
DAY_PLAN = Entity(
    name="day_plan",
    source="day_plan p",
    id="p.id",
    buckets={"worker": ("", "p.worker_id = :me")},
    live="p.deleted_at is null",
    until=END_OF_DAY.format(day="p.day", of="p.jurisdiction_id"),
    version="p.version",
    item=lambda reader: planning.device_plan_sql(reader.actor, reader.now),
)

# What she contests of what is counted of her, and what became of it.
FIGURE_CONTEST = Entity(
    name="figure_contest",
    source="figure_contest c",
    id="c.id",
    buckets={"worker": ("", "c.worker_id = :me")},
    live="c.deleted_at is null",
    until=f"c.resolved_at + {RESOLVED_RETENTION}",
    version="c.version",
    item=json_object("""'id', c.id, 'figure', c.figure, 'member_id', c.member_id, 'words', c.words, 'made_at', c.made_at,
      'resolved_at', c.resolved_at, 'outcome', c.outcome, 'reason', c.reason"""),
)
