"""Residents: masking, reveal with a purpose, search, erasure."""

import dataclasses
import hashlib
import secrets

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.actor import Role
from app.core.ids import uuid7
from tests.answers import fault_codes
from tests.households.homes import in_days, members, settle_people, tag, visit
from tests.rights.dumps import tables_naming

REASON = {"purpose": "visit", "explanation": "上门前联系"}
ZHANG = {"name": "张三丰", "phone": "13812345678", "email": "zhang@mail.example", "birth_year": 1950}


@pytest.fixture
def home(square_city):
    return settle_people(square_city, ZHANG)


def test_household_read_masks_residents(supervisor, home):
    (resident,) = members(supervisor, home)
    shown = [resident[name] for name in ("name", "phone", "email")]
    assert shown == ["张**", "138****5678", "z***@mail.example"]
    assert (resident["is_registered_here"], resident["lives_here"], resident["care"]) == (True, True, [])


def test_gis_role_reads_no_residents_and_masked_addresses(square_city, person, home):
    gis = person((Role.GIS, square_city.ids["-c"]))
    seen = gis.get(f"/households/{home.household_id}").json
    assert (seen["members"], seen["consents"], seen["visits"]) == (None, None, None)
    assert seen["address"] == "幸福路****"
    premises = gis.get(f"/premises/{home.premises_id}").json
    assert (premises["address"], premises["parts"]) == ("幸福路****", None)
    for path, query in (
        ("/households", {"q": "幸福"}),
        ("/premises", {"q": "幸福"}),
        ("/households", {"care": "mobility"}),
    ):
        assert gis.get(path, **query).status_code == 403


def test_address_is_masked_outside_area_of_supervisor_role(square_city, person):
    """Return an account that is GIS user of both grids and supervisor of one."""
    west, east = settle_people(square_city, ZHANG), settle_people(square_city, ZHANG, at=(0.9, 0.9))
    both = person((Role.GIS, square_city.ids["-c"]), (Role.SUPERVISOR, square_city.ids["-g1"]))
    shown = {item["id"]: item["address"] for item in both.get("/households").json["items"]}
    assert shown == {
        str(west.household_id): "幸福路12号3单元501",
        str(east.household_id): "幸福路****",
    }
    assert [i["id"] for i in both.get("/households", q="12号").json["items"]] == [str(west.household_id)]
    assert members(both, west) and both.get(f"/households/{east.household_id}").json["members"] is None
    assert both.post("/households/search", {"resident": "张三丰"}).json["items"][0]["id"] == str(
        west.household_id
    )
    assert len(both.post("/households/search", {"resident": "张三丰"}).json["items"]) == 1


def test_resident_search_matches_whole_name_only(supervisor, home, sql):
    def search(name):
        return [i["id"] for i in supervisor.post("/households/search", {"resident": name}).json["items"]]

    assert search("张三丰") == [str(home.household_id)]
    assert search("张三") == search("张") == search("张%") == []
    (event,) = sql(
        "select count(*) n, bool_or(detail::text like '%张%') has_name from audit_event "
        "where action = 'resident.search' and actor_id = :id",
        id=supervisor.id,
    )
    assert (event.n, event.has_name) == (4, False)


def test_resident_search_is_throttled_and_audited_without_name(
    app, settings, supervisor, home, sql, monkeypatch
):
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(settings, reveals_per_window=3))
    (resident,) = members(supervisor, home)
    answers = [
        supervisor.post("/households/search", {"resident": name})
        for name in ("张三丰", "孙一", "张三丰", "孙二")
    ]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[3].json["code"] == "reveal_throttled"
    assert 3500 < int(answers[3].headers["Retry-After"]) <= 3601
    shown = supervisor.post(f"/residents/{resident['id']}/reveal", REASON | {"fields": ["name"]})
    assert shown.status_code == 429
    events = sql(
        "select detail from audit_event where action = 'resident.search' and actor_id = :id order by id",
        id=supervisor.id,
    )
    sought = [event.detail["sought"] for event in events]
    assert len(sought) == 3 and sought[0] == sought[2] != sought[1]
    plain = hashlib.sha256("张三丰".encode()).hexdigest()
    assert len(sought[0]) == 32 and not plain.startswith(sought[0])


def test_search_returns_422_for_national_id(supervisor, home):
    number = "11010519491231002X"
    for answer in (
        supervisor.post("/households/search", {"resident": number}),
        supervisor.get("/households", q=number),
        supervisor.get("/premises", q=f"王 {number}"),
        supervisor.get("/premises", external_ref=number),
    ):
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "looks_like_national_id"
        assert number not in answer.text


def test_resident_reveal_requires_purpose_and_is_audited(supervisor, home, sql):
    (resident,) = members(supervisor, home)
    path = f"/residents/{resident['id']}/reveal"
    for reason, fault in (
        ({"purpose": "上门前联系"}, {("purpose", "not_one_of"), ("explanation", "required")}),
        ({"explanation": "上门前联系"}, {("purpose", "required")}),
        (REASON | {"explanation": "aaaa"}, {("explanation", "explanation_thin")}),
        (REASON | {"explanation": "查看查看查看"}, {("explanation", "explanation_thin")}),
    ):
        assert fault_codes(supervisor.post(path, reason | {"fields": ["name"]})) == fault
    shown = supervisor.post(path, REASON | {"fields": ["phone"]})
    assert shown.json == {"id": resident["id"], "phone": "13812345678"}
    (event,) = sql(
        "select purpose, detail from audit_event where entity_id = :id and action = 'personal.disclose'",
        id=resident["id"],
    )
    assert (event.purpose, event.detail["fields"]) == ("上门前联系", ["phone"])
    assert event.detail["purpose"] == "visit"
    assert "13812345678" not in str(event.detail)


def test_resident_email_is_stored_in_one_form_and_refused_if_unusable(supervisor, home):
    (resident,) = members(supervisor, home)
    path = f"/residents/{resident['id']}"
    changed = supervisor.patch(path, {"email": " Wang.Fang@Mail.Example "}, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json["email"]) == (200, "W***@mail.example")
    shown = supervisor.post(f"{path}/reveal", REASON | {"fields": ["email"]})
    assert shown.json == {"id": resident["id"], "email": "Wang.Fang@mail.example"}
    for wrong in (
        "王芳@mail.example",
        "wang@",
        "wang@mail",
        "a b@mail.example",
        "wang@mail.example\nBcc: x@y.example",
    ):
        refused = supervisor.patch(path, {"email": wrong}, headers={"If-Match": "*"})
        assert fault_codes(refused) == {("email", "address_unusable")}, wrong
    cleared = supervisor.patch(path, {"email": None}, headers={"If-Match": "*"})
    assert (cleared.status_code, cleared.json["email"]) == (200, None)


def test_resident_reveal_is_throttled(app, settings, supervisor, home, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(settings, reveals_per_window=2))
    (resident,) = members(supervisor, home)
    answers = [
        supervisor.post(
            f"/residents/{resident['id']}/reveal",
            REASON | {"fields": ["name"]},
        )
        for _ in range(3)
    ]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "reveal_throttled"
    assert 3500 < int(answers[2].headers["Retry-After"]) <= 3601


def test_resident_creation_is_idempotent(supervisor, home):
    body = {"id": str(uuid7()), "name": "李四", "is_registered_here": False, "registered_at": "安徽"}
    path = f"/households/{home.household_id}/residents"
    first, again = supervisor.post(path, body), supervisor.post(path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    other = supervisor.post(path, body | {"name": "李五"})
    assert (other.status_code, other.json["code"]) == (409, "id_reused")
    assert len(members(supervisor, home)) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"name": "王 11010519491231002X"},
        {"name": "王五", "is_registered_here": False, "registered_at": "110105194912310 02X 北京"},
    ],
)
def test_resident_creation_returns_422_for_national_id(supervisor, home, sql, body):
    answer = supervisor.post(f"/households/{home.household_id}/residents", {"id": str(uuid7())} | body)
    assert {code for _, code in fault_codes(answer)} == {"looks_like_national_id"}
    assert "19491231" not in answer.text


def test_resident_registration_and_residence_are_independent(supervisor, home):
    path = f"/households/{home.household_id}/residents"
    body = {"id": str(uuid7()), "name": "李四", "is_registered_here": True, "registered_at": "安徽"}
    assert fault_codes(supervisor.post(path, body)) == {("registered_at", "not_allowed_here")}
    made = supervisor.post(path, body | {"is_registered_here": False, "lives_here": True})
    assert made.status_code == 201
    changed = supervisor.patch(
        f"/residents/{made.json['id']}", {"is_registered_here": True}, headers={"If-Match": '"1"'}
    )
    assert changed.json["is_registered_here"] and changed.json["version"] == 2
    stale = supervisor.patch(
        f"/residents/{made.json['id']}", {"lives_here": False}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412


def test_care_tag_requires_valid_end_date_and_kind(supervisor, home):
    (resident,) = members(supervisor, home)
    assert fault_codes(tag(supervisor, resident["id"], ends_on=in_days(400))) == {("ends_on", "out_of_range")}
    assert fault_codes(tag(supervisor, resident["id"], ends_on=in_days(-2))) == {("ends_on", "out_of_range")}
    assert fault_codes(tag(supervisor, resident["id"], kind="petitioner")) == {("kind", "not_one_of")}
    made = tag(supervisor, resident["id"], cycle_days=7)
    assert (made.status_code, made.json["next_due"]) == (201, in_days(0))
    assert members(supervisor, home)[0]["care"] == [made.json]
    listed = supervisor.get("/households", care="mobility,home_oxygen_or_power").json["items"]
    assert [item["id"] for item in listed] == [str(home.household_id)]
    assert supervisor.call("DELETE", f"/care-tags/{made.json['id']}").status_code == 204
    assert supervisor.get("/households", care="mobility").json["items"] == []
    assert members(supervisor, home)[0]["care"] == []


def test_consent_can_be_given_and_withdrawn(supervisor, home):
    body = {"id": str(uuid7()), "purpose": "定期电话问候", "given_by_way": "spoken"}
    path = f"/households/{home.household_id}/consents"
    assert fault_codes(supervisor.post(path, body | {"resident_id": str(uuid7())})) == {
        ("resident_id", "reference_unknown")
    }
    made = supervisor.post(path, body)
    assert (made.status_code, made.json["withdrawn_at"]) == (201, None)
    taken = [supervisor.call("POST", f"/consents/{made.json['id']}/withdraw") for _ in range(2)]
    assert taken[0].json["withdrawn_at"] and taken[0].json == taken[1].json
    assert supervisor.get(f"/households/{home.household_id}").json["consents"] == [taken[0].json]


@pytest.fixture
def documented_resident(supervisor, home, sql):
    """Make a resident with rows in every table. Return the id and the text that all rows have."""
    (resident,) = members(supervisor, home)
    secret = secrets.token_hex(6)
    path = f"/residents/{resident['id']}"
    supervisor.patch(path, {"name": f"秘{secret}"}, headers={"If-Match": "*"})
    changes = {"phone": "13944445555", "email": f"{secret}@mail.example"}
    assert supervisor.patch(path, changes, headers={"If-Match": "*"}).status_code == 200
    assert tag(supervisor, resident["id"], purpose=f"purpose {secret}", cycle_days=7).status_code == 201
    consent = {"id": str(uuid7()), "purpose": f"consent {secret}", "given_by_way": "written"}
    supervisor.post(f"/households/{home.household_id}/consents", consent | {"resident_id": resident["id"]})
    assert visit(supervisor, home, note=f"note {secret}").status_code == 201
    return resident["id"], secret


def test_resident_erasure_removes_personal_data_from_every_table(
    supervisor, home, documented_resident, sql, settings
):
    resident_id, secret = documented_resident
    reveal_body = {"purpose": "visit", "explanation": f"上门前联系秘{secret}", "fields": ["phone"]}
    assert supervisor.post(f"/residents/{resident_id}/reveal", reveal_body).status_code == 200
    assert set(tables_naming(settings.database_url, [secret])) == {
        f"public.{table}"
        for table in ("resident", "care_tag", "consent", "visit", "fact_history", "audit_event")
    }
    before = sql("select count(*) n from fact_history where row_id = :id", id=resident_id)[0].n
    gone = supervisor.call("DELETE", f"/residents/{resident_id}", json={"reason": "本人书面要求"})
    assert gone.status_code == 204
    assert tables_naming(settings.database_url, [secret]) == {}
    assert (
        sql(
            "select 1 from fact_history where row::text like '%13944445555%' and row_id = :id", id=resident_id
        )
        == []
    )
    # The tombstone and the audit event stay.
    assert sql("select count(*) n from fact_history where row_id = :id", id=resident_id)[0].n == before + 1
    (event,) = sql(
        "select purpose, actor_id from audit_event where action = 'resident.erase' and entity_id = :id",
        id=resident_id,
    )
    assert (event.purpose, event.actor_id) == ("本人书面要求", supervisor.id)
    assert members(supervisor, home) == []
    assert (
        supervisor.call("DELETE", f"/residents/{resident_id}", json={"reason": "本人书面要求"}).status_code
        == 404
    )


def test_resident_creation_is_refused_for_erased_resident(supervisor, home):
    body = {"id": str(uuid7()), "name": "李四"}
    path = f"/households/{home.household_id}/residents"
    made = supervisor.post(path, body)
    supervisor.call("DELETE", f"/residents/{made.json['id']}", json={"reason": "本人要求"})
    assert supervisor.post(path, body).status_code in (404, 409)
    assert len(members(supervisor, home)) == 1


def test_resident_erasure_returns_403_for_worker(square_city, person, home, supervisor):
    (resident,) = members(supervisor, home)
    worker = person((Role.WORKER, None))
    assert (
        worker.call("DELETE", f"/residents/{resident['id']}", json={"reason": "本人要求"}).status_code == 403
    )


@pytest.mark.parametrize(
    "change",
    [
        'row = row || \'{"name": "other"}\'',
        "row = row || '{\"household_id\": null}'",
        'row = row || \'{"name": null, "phone": null, "registered_at": null, "birth_year": null}\'',
        'row = row || \'{"name": null, "phone": null, "email": null, "registered_at": null, "birth_year": null}\', '
        "seq = default",
        "row = '{}'",
        "entity = 'x'",
    ],
)
def test_fact_history_update_is_rejected_except_erasure(settings, home, sql, change):
    """The owner of the tables is refused, too."""
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with owner.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(f"update fact_history set {change} where entity = 'resident'"))
    owner.dispose()


def test_labels_and_home_names_are_masked_like_resident_names(square_city, person, supervisor):
    home = settle_people(square_city, ZHANG, name="张家", label="王小丽 13800001111")
    lon, lat = square_city.at(0.2, 0.2)
    shop = {"id": str(uuid7()), "kind": "shop", "name": "张三13800009999理发店", "lon": lon, "lat": lat}
    assert (
        supervisor.post("/premises", shop | {"address": "幸福路14号", "allow_phone": True}).status_code == 201
    )
    gis = person((Role.GIS, square_city.ids["-c"]))
    for who, label, name, over_the_door in (
        (gis, "王**", "张**", "张三****理发店"),
        (supervisor, "王小丽 13800001111", "张家", "张三13800009999理发店"),
    ):
        premises = who.get(f"/premises/{home.premises_id}").json
        assert (premises["name"], premises["households"][0]["label"]) == (name, label)
        assert who.get(f"/households/{home.household_id}").json["label"] == label
        assert {item["label"] for item in who.get("/households").json["items"]} == {label}
        assert who.get(f"/premises/{shop['id']}").json["name"] == over_the_door
