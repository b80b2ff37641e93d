"""Printed codes of doors and components: the sheet, and a report that knows the thing."""

import re

import pytest
from click.testing import CliRunner

from app.cli import main
from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import Invalid, NotFound
from app.core.ids import uuid7
from app.public import service as public
from app.public.commands import sheet_of
from app.public.rules.thing_codes import code_of, new_code, shown
from tests.endpoints import component_number
from tests.factories import make_city
from tests.live.processes import set_aside
from tests.places.conftest import register
from tests.public.conftest import DOOR
from tests.public.test_pages import SECRET, Page, visit


def put_component(city, category="0101", **place):
    number = component_number(category)
    row = {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "code": number}
    row |= {"name": {"zh": "井盖", "en": "Cover"}}
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=[row | (place or city.in_grid("g1"))])
    return str(row["id"]), number


def labels_of(city, things, area="s", **options):
    with db.transaction(SYSTEM) as session:
        return public.print_codes(
            session, SYSTEM, area=f"{city.code}-{area}", things=things, city=city.code, **options
        )


def test_code_has_60_bits_and_is_read_as_people_type_it():
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{12}", code) for code in codes)
    assert code_of("o1il-7k3d-89ab") == "01117K3D89AB"
    assert code_of(shown("01117K3D89AB").lower()) == "01117K3D89AB"
    assert code_of("01117K3D89A") is None
    assert code_of("01117K3D89AU") is None


def test_each_thing_of_the_area_has_one_label_which_stays_the_same(city):
    register(city, address="古荡路12号", kind="dwelling")
    register(city, "g2", address="古荡路14号", kind="shop", name="平安超市")
    labels = labels_of(city, "doors")
    assert [label.name for label in labels] == ["古荡路12号", "古荡路14号"]
    assert labels_of(city, "doors") == labels
    assert [label.name for label in labels_of(city, "doors", "g2")] == ["古荡路14号"]
    _, number = put_component(city)
    put_component(city, "0102")
    (lid,) = labels_of(city, "components", category="0101")
    assert lid.name.endswith(number)
    assert len(labels_of(city, "components")) == 2


def test_scanned_component_is_the_one_of_the_case(city):
    place = city.in_grid("g1")
    first, number = put_component(city, **place)
    second, _ = put_component(city, **place)  # at the same place
    label = next(each for each in labels_of(city, "components") if each.name.endswith(number))
    client = city.app.test_client()
    what = Page(client.get(f"/public/t/{label.code}", follow_redirects=True))
    chosen = next(href for href in what.links if "/report/0101?thing=" in href)
    details = Page(client.get(chosen))
    assert details.fields["thing"] == label.code
    answer = client.post(chosen, data=details.fields | {"words": "盖子坏了"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert SECRET.search(answer.headers["Location"])
    cases = city.supervisor().get("/incidents").json["items"]
    (case,) = [city.supervisor().get(f"/incidents/{item['id']}").json for item in cases]
    assert case["component"]["id"] == first != second
    assert case["component_link"] == "named"


def test_scanned_door_is_the_place_of_the_case_and_shows_no_address(city):
    register(city, address="古荡路12号", room="50197", kind="dwelling", dx=30.0)
    (label,) = labels_of(city, "doors")
    _, what = visit(city, f"zh/report?thing={label.shown}")
    chosen = next(href for href in what.links if "/report/E0102?thing=" in href)
    details = Page(city.app.test_client().get(chosen))
    for html in (what.html, details.html):
        assert "12号" not in html
        assert "50197" not in html
        assert 'name="lon"' not in html
    answer = city.app.test_client().post(chosen, data=details.fields | {"words": "垃圾"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with db.read_session() as session:
        place = public.thing_place(session, public.open_city(session, city.code), label.code)
    (case,) = city.supervisor().get("/incidents").json["items"]
    assert [case["location"]["coordinates"]] == [[pytest.approx(place["lon"]), pytest.approx(place["lat"])]]


@pytest.mark.parametrize("code", ["", "x", "000000000000", "%00", "' or 1=1"])
def test_unknown_code_is_not_found(city, code):
    assert city.app.test_client().get(f"/public/t/{code or '-'}").status_code == 404
    answer, _ = visit(city, f"zh/report?thing={code or '-'}")
    assert answer.status_code == 404


def test_revoked_code_and_code_of_another_city_lead_nowhere(city, app, settings):
    register(city, address="古荡路12号", kind="dwelling")
    (label,) = labels_of(city, "doors")
    other = make_city(app, settings, profile=DOOR)
    assert visit(other, f"zh/report?thing={label.code}")[0].status_code == 404
    with db.transaction(SYSTEM) as session:
        public.revoke_thing_code(session, SYSTEM, label.shown)
    assert visit(city, f"zh/report?thing={label.code}")[0].status_code == 404
    (newer,) = labels_of(city, "doors")
    assert newer.code != label.code
    with pytest.raises(NotFound), db.transaction(SYSTEM) as session:
        public.revoke_thing_code(session, SYSTEM, label.shown)


def test_sheet_has_a_qr_code_for_each_label_and_nothing_from_elsewhere(city):
    register(city, address="古荡路12号<b>", kind="dwelling")
    html = sheet_of(labels_of(city, "doors"), "https://grid.example", "zh")
    assert html.count("<svg") == 1
    assert "古荡路12号&lt;b&gt;" in html
    assert not re.search(r"<script|src=|href=", html)


def test_area_with_too_many_things_is_refused(city):
    for address in ("古荡路12号", "古荡路14号"):
        register(city, address=address, kind="dwelling")
    with pytest.raises(Invalid, match="things_too_many"):
        labels_of(city, "doors", most=1)
    with pytest.raises(NotFound):
        labels_of(city, "doors", "nowhere")


def test_command_writes_the_sheet(city, tmp_path, settings):
    register(city, address="古荡路12号", kind="dwelling")
    file = tmp_path / "sheet.html"
    command = ["codes", "print", str(file), "--area", f"{city.code}-s", "--things", "doors"]
    env = {
        "DATABASE_URL": settings.database_url,
        "GRIDWARD_SIGNING_KEY_FILE": str(settings.signing_key_file),
        "GRIDWARD_PUBLIC_URL": "https://grid.example",
    }
    with set_aside():
        result = CliRunner().invoke(main, command, env=env)
        without = CliRunner().invoke(main, command, env=env | {"GRIDWARD_PUBLIC_URL": ""})
    assert (result.exit_code, result.stdout) == (0, "1 labels\n"), result.output
    assert "古荡路12号" in file.read_text()
    assert without.exit_code == 1
    assert "GRIDWARD_PUBLIC_URL" in without.output
