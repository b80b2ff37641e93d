"""The register of premises, households, residents and visits, and the components of a grid. Personal fields are masked."""

from typing import Any

from app.accounts.rules.masking import masked_address, masked_name, masked_phone
from app.core.actor import Permission
from app.households import service as households
from app.households.rules.addresses import PARTS
from app.sync.queries.registry.entity import (
    END_OF_DAY,
    VISIT_RETENTION,
    Entity,
    Reader,
    json_object,
    visible_within,
)
from app.workforce.scope import reach


def _premises_json(reader: Reader) -> tuple[str, dict[str, Any]]:
    may_read, binds = reach(reader.actor, Permission.ADDRESS_READ, "p.scope_path", now=reader.now)
    name, _, name_binds = households.names_on_maps(reader.actor, reader.now)
    parts = ", ".join(f"'{part}', p.{part}" for part in PARTS)
    return (
        f"""json_build_object('id', p.id, 'grid_id', p.grid_id, 'kind', p.kind, 'name', {name},
          'address', case when {may_read} then p.address else {masked_address("p.address")} end,
          'parts', case when {may_read} then json_build_object({parts}) end, 'location', ST_AsGeoJSON(p.location, 7)::json,
          'external_ref', p.external_ref, 'is_generated', p.is_generated)""",
        binds | name_binds,
    )


PREMISES = Entity(
    name="premises",
    source="premises p",
    id="p.id",
    buckets={"grid": ("p.grid_id", "true")},
    permission=Permission.HOUSEHOLD_READ,
    visible=visible_within(Permission.HOUSEHOLD_READ, "p.scope_path"),
    live="p.deleted_at is null",
    version="p.version",
    item=_premises_json,
)


def _household_json(reader: Reader) -> tuple[str, dict[str, Any]]:
    may_read_residents, binds = reach(reader.actor, Permission.RESIDENT_READ, "h.scope_path", now=reader.now)
    _, label, label_binds = households.names_on_maps(reader.actor, reader.now)
    return (
        f"""json_build_object('id', h.id, 'grid_id', h.grid_id, 'premises_id', h.premises_id, 'label', {label},
          'kind', h.kind, 'is_generated', h.is_generated, 'visits', case when {may_read_residents} then json_build_object(
            'next_due', h.next_visit_due, 'declined_at', h.declined_at, 'moved_away_at', h.moved_away_at) end)""",
        binds | label_binds,
    )


HOUSEHOLD = Entity(
    name="household",
    source="household h",
    id="h.id",
    buckets={"grid": ("h.grid_id", "true")},
    permission=Permission.HOUSEHOLD_READ,
    visible=visible_within(Permission.HOUSEHOLD_READ, "h.scope_path"),
    live="h.deleted_at is null",
    version="h.version",
    item=_household_json,
)

RESIDENT = Entity(
    name="resident",
    source="resident r",
    id="r.id",
    buckets={"grid": ("r.grid_id", "true")},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, "r.scope_path"),
    live="r.deleted_at is null",
    version="r.version",
    item=json_object(f"""'id', r.id, 'household_id', r.household_id, 'name', {masked_name("r.name")},
      'phone', {masked_phone("r.phone")}, 'is_registered_here', r.is_registered_here, 'lives_here', r.lives_here"""),
)

CARE_TAG = Entity(
    name="care_tag",
    source="care_tag c join household h on h.id = c.household_id",
    id="c.id",
    buckets={"grid": ("c.grid_id", "true")},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, "h.scope_path"),
    live="c.deleted_at is null",
    until=END_OF_DAY.format(day="c.ends_on", of="h.jurisdiction_id"),
    version="c.version",
    item=json_object("""'id', c.id, 'resident_id', c.resident_id, 'household_id', c.household_id, 'kind', c.kind,
      'purpose', c.purpose, 'ends_on', c.ends_on, 'cycle_days', c.cycle_days, 'next_due', c.next_due"""),
)

CONSENT = Entity(
    name="consent",
    source="consent o join household h on h.id = o.household_id",
    id="o.id",
    buckets={"grid": ("o.grid_id", "true")},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, "h.scope_path"),
    live="o.deleted_at is null",
    version="o.version",
    item=json_object("""'id', o.id, 'household_id', o.household_id, 'resident_id', o.resident_id, 'purpose', o.purpose,
      'given_by_way', o.given_by_way, 'given_at', o.given_at, 'withdrawn_at', o.withdrawn_at"""),
)

VISIT = Entity(
    name="visit",
    source="visit v join household h on h.id = v.household_id",
    id="v.id",
    buckets={"grid": ("v.grid_id", "true")},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, "h.scope_path"),
    live="v.deleted_at is null",
    # With a note no longer than the note may be kept; without it the visit comes again.
    until=f"least(v.visited_at + {VISIT_RETENTION}, "
    + END_OF_DAY.format(day="v.note_expires_on", of="h.jurisdiction_id")
    + ")",
    version="v.version",
    item=json_object(f"""'id', v.id, 'household_id', v.household_id, 'visited_by', v.visited_by, 'visited_at', v.visited_at,
      'outcome', v.outcome, 'note', v.note, 'note_expires_on', v.note_expires_on, 'care_done', v.care_done,
      'media', {households.media_on_visit()}"""),
)

COMPONENT = Entity(
    name="component",
    source="component c",
    id="c.id",
    buckets={"grid": ("c.grid_id", "true")},
    permission=Permission.COMPONENT_READ,
    visible=visible_within(Permission.COMPONENT_READ, "c.scope_path"),
    live="c.deleted_at is null",
    version="c.version",
    item=json_object("""'id', c.id, 'grid_id', c.grid_id, 'code', c.code, 'category', c.category, 'name', c.name,
      'state', c.state, 'location', ST_AsGeoJSON(c.location, 7)::json, 'owning_unit_id', c.owning_unit_id,
      'managing_unit_id', c.managing_unit_id, 'maintaining_unit_id', c.maintaining_unit_id,
      'installed_on', c.installed_on, 'checked_on', c.checked_on, 'note', c.note"""),
)
