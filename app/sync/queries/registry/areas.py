"""Profiles of the jurisdictions, units and areas."""

from typing import Any

import orjson

from app.accounts.rules.masking import FieldClass, masked
from app.areas import service as areas
from app.core.actor import Permission
from app.incidents import service as incidents
from app.sync.queries.registry.entity import Entity, Reader, json_object, visible_in_own_jurisdictions

# A new table has phones fetch the bucket `global` again (`rights.global_grounds`).
TRANSITIONS = orjson.dumps(incidents.transitions_as_data()).decode()


def _profile_json(_: Reader) -> tuple[str, dict[str, Any]]:
    """The rules in force, and the transition table, by which an app knows its buttons without a network."""
    return (
        """json_build_object('id', j.id, 'code', j.code, 'name', j.name, 'root_unit_id', j.root_unit_id, 'number', p.number,
          'in_force_from', p.in_force_from, 'data', p.data, 'transitions', cast(:transitions as json))""",
        {"transitions": TRANSITIONS},
    )


PROFILE = Entity(
    name="profile",
    source="""jurisdiction j left join lateral (
        select p.number, p.in_force_from, p.data from profile_version p
        where p.jurisdiction_id = j.id and p.in_force_from <= :now order by p.number desc limit 1) p on true""",
    id="j.id",
    buckets={"global": ("", "true")},
    visible=visible_in_own_jurisdictions("j.id"),
    live="j.deleted_at is null",
    # The jurisdiction's version and the number of its rules both only grow.
    version="j.version + coalesce(p.number, 0)",
    item=_profile_json,
    quiet="true",
)


def _unit_json(reader: Reader) -> tuple[str, dict[str, Any]]:
    contact = "u.contact" if areas.works_with_units(reader.actor) else masked(FieldClass.CONTACT, "u.contact")
    return (
        f"""json_build_object('id', u.id, 'jurisdiction_id', u.jurisdiction_id, 'code', u.code, 'name', u.name,
          'area_id', u.area_id, 'contact', {contact}, 'competences', (
            select coalesce(json_agg(json_build_object('area_id', c.area_id, 'category_prefix', c.category_prefix)
                                     order by c.id), '[]')
            from unit_competence c where c.unit_id = u.id and c.deleted_at is null))""",
        {},
    )


UNIT = Entity(
    name="unit",
    source="unit u",
    id="u.id",
    buckets={"global": ("", "true")},
    permission=Permission.AREA_READ,
    visible=visible_in_own_jurisdictions("u.jurisdiction_id"),
    live="u.deleted_at is null",
    version="u.version",
    item=_unit_json,
    quiet="true",
)

AREA = Entity(
    name="area",
    source="area a join area_version v on v.area_id = a.id and upper_inf(v.valid)",
    id="a.id",
    buckets={"area": ("a.id", "true")},
    permission=Permission.AREA_READ,
    live="a.deleted_at is null",
    version="a.version",
    # Where a district ends is for maps; a grid is walked.
    item=json_object("""'id', a.id, 'jurisdiction_id', v.jurisdiction_id, 'level', v.level, 'code', v.code, 'name', v.name,
      'parent_id', v.parent_id,
      'boundary', case when v.level = 'grid' then ST_AsGeoJSON(ST_ForcePolygonCCW(v.geom), 7)::json end"""),
)
