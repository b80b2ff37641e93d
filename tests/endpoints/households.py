"""Requests for premises, households, residents, care tags, consents and visits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from tests.endpoints.world import OWN_REQUEST, REASON, Request, endpoint
from tests.factories import City


def flat(city: City, *, label: str = "", **columns: Any) -> dict[str, Any]:
    """Register a dwelling in g1 with one resident; return the ids of premises, household and resident."""
    row = {
        "jurisdiction_id": city.jurisdiction_id,
        "kind": "dwelling",
        "name": "张家老宅",
        "address": "幸福路12号3单元501",
        "is_generated": True,
        "residents": [
            {
                "name": "张三丰",
                "phone": "13812345678",
                "email": "zhang@mail.example",
                "birth_year": 1950,
                "is_registered_here": False,
                "registered_at": "绍兴",
            }
        ],
        **city.in_grid("g1"),
        **columns,
    }
    with db.transaction(SYSTEM) as session:
        (made,) = households.register_many(session, SYSTEM, rows=[row])
        # After the insert: register_many looks rows up by label, and tests of personal fields use labels of their own.
        if label:
            labelled = text("update household set label = :label where id = :id")
            session.execute(labelled, {"label": label, "id": made.household_id})
        resident = session.scalar(
            text("select id from resident where household_id = :id"), {"id": made.household_id}
        )
    return {"premises": made.premises_id, "household": made.household_id, "resident": resident}


def care_tag(city: City, home: dict[str, Any]) -> str:
    with db.transaction(SYSTEM) as session:
        tag_id = uuid7()
        households.add_care_tag(
            session, SYSTEM, resident_id=home["resident"], id=tag_id, **care_need(), cycle_days=7
        )
    return str(tag_id)


def care_need() -> dict[str, Any]:
    ends_on = (clock.now() + timedelta(days=90)).date()
    return {"kind": "lives_alone_elderly", "purpose": "每周探访", "ends_on": ends_on}


@endpoint("GET /premises")
def list_premises(world, role, city, inside):
    home = flat(city, external_ref=uuid7().hex)
    return Request(f"/premises?grid_id={city.areas['g1']}&limit=500", target=str(home["premises"]))


@endpoint("POST /premises")
def create_premises(world, role, city, inside):
    body = {"id": str(uuid7()), "kind": "dwelling", "name": "李家", "address": f"幸福路{uuid7()}号"}
    return Request("/premises", body | city.in_grid("g1"))


@endpoint("GET /premises/<uuid:premises_id>")
def read_premises(world, role, city, inside):
    return Request(f"/premises/{flat(city, label='西户')['premises']}")


@endpoint("PATCH /premises/<uuid:premises_id>")
def update_premises(world, role, city, inside):
    return Request(f"/premises/{flat(city)['premises']}", {"kind": "rental"}, headers={"If-Match": "*"})


@endpoint("POST /premises/<uuid:premises_id>/merge")
def merge_premises(world, role, city, inside):
    into = flat(city, address="幸福路12号")["premises"]
    body = {"into_id": str(into), "reason": "登记了两次"}
    return Request(f"/premises/{flat(city)['premises']}/merge", body, headers={"If-Match": "*"})


@endpoint("POST /premises/<uuid:premises_id>/unmerge")
def unmerge_premises(world, role, city, inside):
    double, into = flat(city)["premises"], flat(city, address="幸福路12号")["premises"]
    with db.transaction(SYSTEM) as session:
        merge = {"premises_id": double, "into_id": into, "expected": None, "reason": "登记了两次"}
        households.merge_premises(session, SYSTEM, **merge)
    return Request(f"/premises/{double}/unmerge", {"reason": "并非同一处"}, headers={"If-Match": "*"})


@endpoint("GET /households")
def list_households(world, role, city, inside):
    home = flat(city, label="西户")
    return Request(f"/households?grid_id={city.areas['g1']}&limit=500", target=str(home["household"]))


@endpoint("POST /households")
def create_household(world, role, city, inside):
    body = {"id": str(uuid7()), "premises_id": str(flat(city)["premises"]), "label": "二房东"}
    return Request("/households", body)


@endpoint("POST /households/search")
def search_households(world, role, city, inside):
    home = flat(city)
    body = {"resident": "张三丰", "grid_id": str(city.areas["g1"]), "limit": 500}
    return Request("/households/search", body, target=str(home["household"]))


@endpoint("GET /households/residence")
def count_residence(world, role, city, inside):
    flat(city)
    return Request(f"/households/residence?grid_id={city.areas['g1']}")


@endpoint("GET /households/<uuid:household_id>")
def read_household(world, role, city, inside):
    home = flat(city, label="西户")
    care_tag(city, home)
    return Request(f"/households/{home['household']}")


@endpoint("PATCH /households/<uuid:household_id>")
def update_household(world, role, city, inside):
    return Request(
        f"/households/{flat(city)['household']}", {"kind": "collective"}, headers={"If-Match": "*"}
    )


@endpoint("POST /households/<uuid:household_id>/residents")
def create_resident(world, role, city, inside):
    body = {
        "id": str(uuid7()),
        "name": "李四",
        "phone": "13900000000",
        "email": "li@mail.example",
        "lives_here": True,
    }
    return Request(f"/households/{flat(city)['household']}/residents", body)


@endpoint("POST /households/<uuid:household_id>/consents")
def create_consent(world, role, city, inside):
    body = {"id": str(uuid7()), "purpose": "定期电话问候", "given_by_way": "spoken"}
    return Request(f"/households/{flat(city)['household']}/consents", body)


@endpoint("GET /households/<uuid:household_id>/due")
def read_due_tasks(world, role, city, inside):
    home = flat(city)
    care_tag(city, home)
    return Request(f"/households/{home['household']}/due")


@endpoint("GET /households/<uuid:household_id>/visits")
def list_household_visits(world, role, city, inside):
    home = flat(city)
    with db.transaction(SYSTEM) as session:
        households.record_visit(
            session, SYSTEM, household_id=home["household"], id=uuid7(), outcome="done", note="一切都好"
        )
    return Request(f"/households/{home['household']}/visits")


@endpoint("POST /households/<uuid:household_id>/visits")
def record_visit(world, role, city, inside):
    home = flat(city)
    body = {"id": str(uuid7()), "outcome": "done", "note": "一切都好", "care_done": [care_tag(city, home)]}
    return Request(f"/households/{home['household']}/visits", body)


@endpoint("PATCH /residents/<uuid:resident_id>")
def update_resident(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}", {"lives_here": False}, headers={"If-Match": "*"})


@endpoint("POST /residents/<uuid:resident_id>/move")
def move_resident(world, role, city, inside):
    body = {"household_id": str(flat(city)["household"]), "reason": "搬到楼上"}
    return Request(f"/residents/{flat(city)['resident']}/move", body, headers={"If-Match": "*"})


@endpoint("DELETE /residents/<uuid:resident_id>")
def erase_resident(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}", {"reason": "本人要求"})


@endpoint("POST /residents/<uuid:resident_id>/reveal")
def reveal_resident(world, role, city, inside):
    fields = ["name", "phone", "email", "registered_at", "birth_year"]
    return Request(f"/residents/{flat(city)['resident']}/reveal", {**REASON, "fields": fields})


@endpoint("POST /residents/<uuid:resident_id>/care-tags")
def create_care_tag(world, role, city, inside):
    body = {"id": str(uuid7()), "cycle_days": 7, **care_need()}
    return Request(f"/residents/{flat(city)['resident']}/care-tags", body | {"ends_on": str(body["ends_on"])})


@endpoint("PATCH /care-tags/<uuid:tag_id>")
def update_care_tag(world, role, city, inside):
    return Request(
        f"/care-tags/{care_tag(city, flat(city))}", {"purpose": "每两周探访"}, headers={"If-Match": "*"}
    )


@endpoint("DELETE /care-tags/<uuid:tag_id>")
def end_care_tag(world, role, city, inside):
    return Request(f"/care-tags/{care_tag(city, flat(city))}")


@endpoint("POST /consents/<uuid:consent_id>/withdraw")
def withdraw_consent(world, role, city, inside):
    consent_id, home = uuid7(), flat(city)
    with db.transaction(SYSTEM) as session:
        households.add_consent(
            session,
            SYSTEM,
            household_id=home["household"],
            id=consent_id,
            resident_id=home["resident"],
            purpose="定期电话问候",
            given_by_way="spoken",
        )
    return Request(f"/consents/{consent_id}/withdraw")


@endpoint("GET /visits/due")
def list_due_visits(world, role, city, inside):
    home = flat(city)
    return Request(f"/visits/due?grid_id={city.areas['g1']}&limit=500", target=str(home["household"]))


@endpoint("POST /residents/<uuid:resident_id>/export")
def export_resident(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}/export", OWN_REQUEST)
