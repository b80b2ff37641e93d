"""Synchronised entities: premises, households, residents, visits and components.

Personal fields are masked in the JSON that a device receives.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.orm import aliased, join

from app.accounts.rules.masking import masked_address, masked_email, masked_name, masked_phone
from app.components.models import Component
from app.core.actor import Permission
from app.core.db import Fragment
from app.households import service as households
from app.households.models import CareTag, Consent, Household, Premises, Resident, Visit
from app.households.rules.addresses import PARTS
from app.sync.queries.registry.entity import (
    VISIT_RETENTION,
    Bucket,
    Clause,
    Entity,
    Reader,
    after,
    as_geojson,
    end_of_day,
    json_object,
    same_for_all,
    visible_within,
)
from app.workforce.scope import area_reach

_PREMISES = aliased(Premises, name="p")
_HOUSEHOLD = aliased(Household, name="h")
_RESIDENT = aliased(Resident, name="r")
_VISIT = aliased(Visit, name="v")


@lru_cache(maxsize=200)
def _premises_item(may_read_address: ColumnElement[bool], name: ColumnElement[Any]) -> ColumnElement[Any]:
    return json_object(
        id=_PREMISES.id,
        grid_id=_PREMISES.grid_id,
        kind=_PREMISES.kind,
        name=name,
        address=Fragment(
            "case when {may_read} then {address} else {masked} end",
            may_read=may_read_address,
            address=_PREMISES.address,
            masked=literal_column(masked_address("p.address")),
        ),
        parts=Fragment(
            "case when {may_read} then {parts} end",
            may_read=may_read_address,
            parts=json_object(**{part: getattr(_PREMISES, part) for part in PARTS}),
        ),
        location=as_geojson(_PREMISES.location),
        external_ref=_PREMISES.external_ref,
        is_generated=_PREMISES.is_generated,
    )


def _premises_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of premises.

    The address is masked if the reader may not read addresses.
    """
    area = area_reach(reader.actor, Permission.ADDRESS_READ, reader.now)
    name, name_binds = households.name_on_maps(reader.actor, reader.now, _PREMISES)
    item = _premises_item(area.condition(_PREMISES.scope_path), name)
    return Clause(item, area.binds | name_binds)


PREMISES = Entity(
    name="premises",
    source=_PREMISES,
    id=_PREMISES.id,
    buckets={"grid": Bucket(_PREMISES.grid_id)},
    permission=Permission.HOUSEHOLD_READ,
    visible=visible_within(Permission.HOUSEHOLD_READ, _PREMISES.scope_path),
    live=_PREMISES.deleted_at.is_(None),
    version=_PREMISES.version,
    item=_premises_json,
)


@lru_cache(maxsize=200)
def _household_item(may_read_residents: ColumnElement[bool], label: ColumnElement[Any]) -> ColumnElement[Any]:
    visits = json_object(
        next_due=_HOUSEHOLD.next_visit_due,
        declined_at=_HOUSEHOLD.declined_at,
        moved_away_at=_HOUSEHOLD.moved_away_at,
    )
    return json_object(
        id=_HOUSEHOLD.id,
        grid_id=_HOUSEHOLD.grid_id,
        premises_id=_HOUSEHOLD.premises_id,
        label=label,
        kind=_HOUSEHOLD.kind,
        is_generated=_HOUSEHOLD.is_generated,
        visits=Fragment("case when {may_read} then {visits} end", may_read=may_read_residents, visits=visits),
    )


def _household_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of a household.

    It contains data of visits only if the reader may read residents.
    """
    area = area_reach(reader.actor, Permission.RESIDENT_READ, reader.now)
    label, label_binds = households.label_on_maps(reader.actor, reader.now, _HOUSEHOLD)
    item = _household_item(area.condition(_HOUSEHOLD.scope_path), label)
    return Clause(item, area.binds | label_binds)


HOUSEHOLD = Entity(
    name="household",
    source=_HOUSEHOLD,
    id=_HOUSEHOLD.id,
    buckets={"grid": Bucket(_HOUSEHOLD.grid_id)},
    permission=Permission.HOUSEHOLD_READ,
    visible=visible_within(Permission.HOUSEHOLD_READ, _HOUSEHOLD.scope_path),
    live=_HOUSEHOLD.deleted_at.is_(None),
    version=_HOUSEHOLD.version,
    item=_household_json,
)

RESIDENT = Entity(
    name="resident",
    source=_RESIDENT,
    id=_RESIDENT.id,
    buckets={"grid": Bucket(_RESIDENT.grid_id)},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, _RESIDENT.scope_path),
    live=_RESIDENT.deleted_at.is_(None),
    version=_RESIDENT.version,
    item=same_for_all(
        json_object(
            id=_RESIDENT.id,
            household_id=_RESIDENT.household_id,
            name=literal_column(masked_name("r.name")),
            phone=literal_column(masked_phone("r.phone")),
            email=literal_column(masked_email("r.email")),
            is_registered_here=_RESIDENT.is_registered_here,
            lives_here=_RESIDENT.lives_here,
        )
    ),
)

CARE_TAG = Entity(
    name="care_tag",
    source=join(CareTag, Household, Household.id == CareTag.household_id),
    id=CareTag.id,
    buckets={"grid": Bucket(CareTag.grid_id)},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, Household.scope_path),
    live=CareTag.deleted_at.is_(None),
    until=end_of_day(CareTag.ends_on, Household.jurisdiction_id),
    version=CareTag.version,
    item=same_for_all(
        json_object(
            id=CareTag.id,
            resident_id=CareTag.resident_id,
            household_id=CareTag.household_id,
            kind=CareTag.kind,
            purpose=CareTag.purpose,
            ends_on=CareTag.ends_on,
            cycle_days=CareTag.cycle_days,
            next_due=CareTag.next_due,
        )
    ),
)

CONSENT = Entity(
    name="consent",
    source=join(Consent, Household, Household.id == Consent.household_id),
    id=Consent.id,
    buckets={"grid": Bucket(Consent.grid_id)},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, Household.scope_path),
    live=Consent.deleted_at.is_(None),
    version=Consent.version,
    item=same_for_all(
        json_object(
            id=Consent.id,
            household_id=Consent.household_id,
            resident_id=Consent.resident_id,
            purpose=Consent.purpose,
            given_by_way=Consent.given_by_way,
            given_at=Consent.given_at,
            withdrawn_at=Consent.withdrawn_at,
        )
    ),
)

VISIT = Entity(
    name="visit",
    source=join(_VISIT, Household, Household.id == _VISIT.household_id),
    id=_VISIT.id,
    buckets={"grid": Bucket(_VISIT.grid_id)},
    permission=Permission.RESIDENT_READ,
    visible=visible_within(Permission.RESIDENT_READ, Household.scope_path),
    live=_VISIT.deleted_at.is_(None),
    # A visit with a note leaves the device when the note expires; when the note is deleted, the visit is sent again without it.
    until=Fragment(
        "least({kept_until}, {note_until})",
        kept_until=after(_VISIT.visited_at, VISIT_RETENTION),
        note_until=end_of_day(_VISIT.note_expires_on, Household.jurisdiction_id),
    ),
    version=_VISIT.version,
    item=same_for_all(
        json_object(
            id=_VISIT.id,
            household_id=_VISIT.household_id,
            visited_by=_VISIT.visited_by,
            visited_at=_VISIT.visited_at,
            outcome=_VISIT.outcome,
            note=_VISIT.note,
            note_expires_on=_VISIT.note_expires_on,
            care_done=_VISIT.care_done,
            media=households.media_of_visit(_VISIT),
        )
    ),
)

COMPONENT = Entity(
    name="component",
    source=Component,
    id=Component.id,
    buckets={"grid": Bucket(Component.grid_id)},
    permission=Permission.COMPONENT_READ,
    visible=visible_within(Permission.COMPONENT_READ, Component.scope_path),
    live=Component.deleted_at.is_(None),
    version=Component.version,
    item=same_for_all(
        json_object(
            id=Component.id,
            grid_id=Component.grid_id,
            code=Component.code,
            category=Component.category,
            name=Component.name,
            state=Component.state,
            location=as_geojson(Component.location),
            owning_unit_id=Component.owning_unit_id,
            managing_unit_id=Component.managing_unit_id,
            maintaining_unit_id=Component.maintaining_unit_id,
            installed_on=Component.installed_on,
            checked_on=Component.checked_on,
            note=Component.note,
        )
    ),
)
