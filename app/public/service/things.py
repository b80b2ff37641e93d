"""Codes of doors and components: print them, find the thing of a code, revoke a code."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.places import service as places
from app.profiles import service as profiles
from app.public.queries import things as queries
from app.public.rules.thing_codes import code_of, new_code, shown
from app.public.service.city import PublicCity

# Of one sheet. A larger area is printed by its parts.
MOST = 5_000
_ABSENT = "无"


@dataclass(frozen=True, slots=True)
class Label:
    """A label to print.

    Attributes:
        code: As it is in the address.
        shown: As a person reads it.
        name: By which staff find the thing. It is printed outside the part that is cut out.
    """

    code: str
    shown: str
    name: str


def thing_place(session: Session, city: PublicCity, text: str) -> dict[str, Any]:
    """Return the place of the thing of a code: `lon`, `lat`, `name` of the nearest street or landmark, `category`.

    `place_id` is None; `thing` is the code; `component_id` and `category` are those of a component, else None.

    Raises:
        NotFound: There is no such code in this city, it was revoked, or its thing is gone.
    """
    code = code_of(text)
    row = queries.thing(session, city.id, code) if code else None
    if row is None:
        raise NotFound("not_found")
    near = orjson.loads(places.near(session, city.actor, lon=row["lon"], lat=row["lat"]))["place"]
    return {
        "place_id": None,
        "thing": row["code"],
        "component_id": row["component_id"],
        "category": row["category"],
        "name": near["name"] if near else None,
        "lon": row["lon"],
        "lat": row["lat"],
    }


def city_of_thing(session: Session, text: str) -> str:
    """Return the code of the city of a printed code.

    Raises:
        NotFound: There is no such code, or it was revoked.
    """
    code = code_of(text)
    city_code = queries.city_of_code(session, code) if code else None
    if city_code is None:
        raise NotFound("not_found")
    return city_code


def print_codes(
    session: Session,
    actor: Actor,
    *,
    area: str,
    things: str,
    city: str | None = None,
    category: str | None = None,
    most: int = MOST,
) -> list[Label]:
    """Return the labels of all doors or components of an area, by address or number. Things without a code get one.

    Args:
        area: Code of the area.
        things: `doors` or `components`.
        city: Code of the jurisdiction; None: that of the area, if only one has it.
        category: Only components of this category.

    Raises:
        NotFound: There is no such area, or two cities have one.
        Invalid: The area has too many things (`things_too_many`).
    """
    areas = queries.areas_named(session, area, city)
    if len(areas) != 1:
        raise NotFound("not_found")
    jurisdiction_id, path = areas[0]["jurisdiction_id"], areas[0]["path"]
    binds = {"jurisdiction_id": jurisdiction_id, "path": path, "most": most + 1}
    if things == "components":
        rows = queries.components_in(session, binds | {"category": category})
        in_force = profiles.readable_profile(session, jurisdiction_id, clock.now())
        names = in_force.profile.taxonomy.categories if in_force else {}
        described = {
            row[
                "id"
            ]: f"{names[row['category']].name.zh if row['category'] in names else row['category']} {row['number']}"
            for row in rows
        }
    else:
        rows = queries.doors_in(session, binds)
        described = {
            row["id"]: " ".join(
                part for part in (row["address"], row["unit"], row["room"]) if part != _ABSENT
            )
            for row in rows
        }
    if len(rows) > most:
        raise Invalid("things_too_many", most=most)
    codes = {row["id"]: row["code"] or new_code() for row in rows}
    _store_new(session, [row["id"] for row in rows if row["code"] is None], codes, things, jurisdiction_id)
    detail = {"area": area, "things": things, "labels": len(rows)}
    accounts.record(session, actor, action="codes.print", entity="thing_code", detail=detail)
    return [Label(codes[row["id"]], shown(codes[row["id"]]), described[row["id"]]) for row in rows]


def _store_new(
    session: Session, ids: list[UUID], codes: dict[UUID, str], things: str, jurisdiction_id: UUID
) -> None:
    queries.insert_codes(
        session,
        [
            {
                "code": codes[thing_id],
                "jurisdiction_id": jurisdiction_id,
                "component_id": thing_id if things == "components" else None,
                "premises_id": thing_id if things == "doors" else None,
                "now": clock.now(),
            }
            for thing_id in ids
        ],
    )


def revoke_thing_code(session: Session, actor: Actor, text: str) -> None:
    """Revoke a code, whose label was copied or moved. The next sheet has a new one.

    Raises:
        NotFound: There is no such live code.
    """
    code = code_of(text)
    if code is None or not queries.revoke_code(session, code, now=clock.now()):
        raise NotFound("not_found")
    accounts.record(session, actor, action="codes.revoke", entity="thing_code", detail={"code": code})
