"""Requests for components of the register."""

import secrets

from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.endpoints.world import Request, endpoint
from tests.factories import City


def component_number(category: str = "0101") -> str:
    """A number that nothing has yet."""
    return f"330106{category}{secrets.randbelow(999_999) + 1:06d}"


def new_component(city: City) -> str:
    """A cover in g1 that belongs to the unit for roads."""
    row = {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "code": component_number()}
    row |= {"name": {"zh": "上水井盖", "en": "Water cover"}, "owning_unit_id": city.units["roads"]}
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=[row | city.in_grid("g1")])
    return str(row["id"])


@endpoint("GET /components")
def list_components(world, role, city, inside):
    return Request(f"/components?category=0101&grid_id={city.areas['g1']}", target=new_component(city))


@endpoint("POST /components")
def create_component(world, role, city, inside):
    body = {"jurisdiction": city.code, "code": component_number(), "name": {"zh": "路灯", "en": "Lamp"}}
    body |= {"owning_unit_id": str(city.units["roads"]), "maintaining_unit_id": str(city.units["cleaning"])}
    body |= {"installed_on": "2024-05-06", "checked_on": "2026-11-20", "source": "2026 survey", "note": "LED"}
    return Request("/components", body | city.in_grid("g1"))


@endpoint("GET /components/<uuid:component_id>")
def read_component(world, role, city, inside):
    return Request(f"/components/{new_component(city)}")


@endpoint("PATCH /components/<uuid:component_id>")
def update_component(world, role, city, inside):
    body = {"state": "damaged", "checked_on": "2026-11-20"}
    return Request(f"/components/{new_component(city)}", body, headers={"If-Match": "*"})


@endpoint("DELETE /components/<uuid:component_id>")
def retire_component(world, role, city, inside):
    return Request(f"/components/{new_component(city)}")
