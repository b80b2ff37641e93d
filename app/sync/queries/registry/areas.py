"""Synchronised entities: profiles of jurisdictions, units, and areas."""

from functools import lru_cache

import orjson
from sqlalchemy import JSON, ColumnElement, Text, bindparam, cast, func, literal_column
from sqlalchemy.orm import aliased, join

from app.accounts.rules.masking import FieldClass, masked
from app.areas import service as areas
from app.areas.models import Area, AreaVersion, Unit
from app.core.actor import Permission
from app.core.db import Fragment
from app.incidents import service as incidents
from app.profiles.models import Jurisdiction
from app.sync.queries.registry.entity import (
    NOW,
    Bucket,
    Clause,
    Entity,
    Reader,
    json_object,
    same_for_all,
    visible_in_own_jurisdictions,
)

# A new table has devices fetch the bucket `global` again (`rights.global_grounds`).
TRANSITIONS = orjson.dumps(incidents.transitions_as_data()).decode()

_PROFILE_IN_FORCE = Fragment(
    """{jurisdiction} left join lateral (
        select p.number, p.in_force_from, p.data from profile_version p
        where p.jurisdiction_id = {id} and p.in_force_from <= {now} order by p.number desc limit 1) in_force on true""",
    jurisdiction=Jurisdiction,
    id=Jurisdiction.id,
    now=NOW,
)
_PROFILE_ITEM = json_object(
    id=Jurisdiction.id,
    code=Jurisdiction.code,
    name=Jurisdiction.name,
    root_unit_id=Jurisdiction.root_unit_id,
    number=literal_column("in_force.number"),
    in_force_from=literal_column("in_force.in_force_from"),
    data=literal_column("in_force.data"),
    transitions=cast(bindparam("transitions", None, Text()), JSON),
)


def _profile_json(_: Reader) -> Clause:
    """Return the SQL for the JSON of a jurisdiction's profile (its rules), with transitions.

    With the table of transitions an app can show the possible actions of a case while the device is offline.
    """
    return Clause(_PROFILE_ITEM, {"transitions": TRANSITIONS})


PROFILE = Entity(
    name="profile",
    source=_PROFILE_IN_FORCE,
    id=Jurisdiction.id,
    buckets={"global": Bucket()},
    visible=visible_in_own_jurisdictions(Jurisdiction.id),
    live=Jurisdiction.deleted_at.is_(None),
    # The jurisdiction's version and the number of its rules both only grow.
    version=Fragment("{version} + coalesce(in_force.number, 0)", version=Jurisdiction.version),
    item=_profile_json,
    quiet=literal_column("true"),
)

_UNIT = aliased(Unit, name="u")
_COMPETENCES = Fragment(
    """(select coalesce(json_agg(json_build_object('area_id', c.area_id, 'category_prefix', c.category_prefix)
                               order by c.id), '[]')
        from unit_competence c where c.unit_id = {unit_id} and c.deleted_at is null)""",
    unit_id=_UNIT.id,
)


@lru_cache
def _unit_item(*, has_contact: bool) -> ColumnElement[object]:
    contact = _UNIT.contact if has_contact else literal_column(masked(FieldClass.CONTACT, "u.contact"))
    return json_object(
        id=_UNIT.id,
        jurisdiction_id=_UNIT.jurisdiction_id,
        code=_UNIT.code,
        name=_UNIT.name,
        area_id=_UNIT.area_id,
        contact=contact,
        competences=_COMPETENCES,
    )


def _unit_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of a unit.

    The contact is masked unless the reader works with units.
    """
    return Clause(_unit_item(has_contact=areas.works_with_units(reader.actor)), {})


UNIT = Entity(
    name="unit",
    source=_UNIT,
    id=_UNIT.id,
    buckets={"global": Bucket()},
    permission=Permission.AREA_READ,
    visible=visible_in_own_jurisdictions(_UNIT.jurisdiction_id),
    live=_UNIT.deleted_at.is_(None),
    version=_UNIT.version,
    item=_unit_json,
    quiet=literal_column("true"),
)

# Only grids have their boundary: a device draws the grid of the worker, and its map shows districts.
_BOUNDARY = Fragment(
    "case when {level} = 'grid' then ST_AsGeoJSON(ST_ForcePolygonCCW({geom}), 7)::json end",
    level=AreaVersion.level,
    geom=AreaVersion.geom,
)
AREA = Entity(
    name="area",
    source=join(Area, AreaVersion, (AreaVersion.area_id == Area.id) & func.upper_inf(AreaVersion.valid)),
    id=Area.id,
    buckets={"area": Bucket(Area.id)},
    permission=Permission.AREA_READ,
    live=Area.deleted_at.is_(None),
    version=Area.version,
    item=same_for_all(
        json_object(
            id=Area.id,
            jurisdiction_id=AreaVersion.jurisdiction_id,
            level=AreaVersion.level,
            code=AreaVersion.code,
            name=AreaVersion.name,
            parent_id=AreaVersion.parent_id,
            boundary=_BOUNDARY,
        )
    ),
)
