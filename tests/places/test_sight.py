"""Who may not read addresses gets landmarks, streets and areas, and no number, compound or home."""

import pytest

from tests.factories import Role
from tests.places.conftest import moved, names, register, search


@pytest.fixture
def registered(city):
    register(city, address="古荡路12号3单元501室", name="张家老宅")
    register(city, address="古荡新村3幢1单元101", dx=60)
    register(city, address="古荡路14号", kind="shop", name="幸福超市", dx=90)
    return city


@pytest.mark.parametrize("role", ["handler", "gis"])
def test_addresses_are_hidden_from_roles_without_them(registered, role):
    reader = registered.handler() if role == "handler" else registered.person(Role.GIS, area="s")
    for text in ("古荡", "古荡路12号", "古荡新村", "古荡新村3幢", "gudangxincun", "gdl12", "幸福超市"):
        kinds = {item["kind"] for item in search(reader, text)}
        assert kinds <= {"street", "landmark", "grid", "area"}, text
    assert names(search(reader, "古荡路")) == ["古荡路"]
    assert names(search(reader, "幸福超市")) == ["幸福超市"]


def test_home_is_named_to_nobody(registered):
    for reader in (registered.supervisor(), registered.worker("g1"), registered.handler()):
        assert search(reader, "张家老宅") == []
        assert "张家" not in reader.get("/places/search?q=古荡").text


def test_worker_reads_addresses_of_own_grid_only(registered):
    register(registered, "g2", address="古荡路77号")
    worker = registered.worker("g1")
    assert "古荡路12号" in names(search(worker, "古荡路"), "address")
    assert "古荡路77号" not in names(search(worker, "古荡路77号"))
    assert "古荡路" in names(search(worker, "古荡路77号")) or search(worker, "古荡路77号") == []


def near(reader, city, *, grid="g1", dx=0.0, dy=0.0, **options):
    at = moved(city.in_grid(grid), dx, dy)
    answer = reader.get("/places/near", query_string=at | options)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_nearest_place_is_an_address_for_who_reads_it(registered):
    place = near(registered.worker("g1"), registered, dy=35)["place"]
    assert (place["kind"], place["name"]) == ("address", {"zh": "古荡路12号", "en": "12 Gudang Rd"})
    assert 33 <= place["distance_m"] <= 37
    assert place["id"] and place["location"]["type"] == "Point"


@pytest.mark.parametrize("role", ["handler", "gis"])
def test_nearest_place_is_a_street_without_number_for_others(registered, role):
    reader = registered.handler() if role == "handler" else registered.person(Role.GIS, area="s")
    place = near(reader, registered, dy=35)["place"]
    assert (place["kind"], place["name"]["zh"]) == ("street", "古荡路")
    assert (place["id"], place["location"]) == (None, None)
    # Beside the compound there is no street: the landmark is the next place that the reader may know.
    assert near(reader, registered, dx=75)["place"]["name"]["zh"] in ("幸福超市", "古荡路")


def test_nearest_place_is_null_beyond_its_distance(registered):
    worker = registered.worker("g1")
    assert near(worker, registered, dy=195)["place"]["name"]["zh"] == "古荡路12号"
    assert near(worker, registered, dy=205)["place"] is None
    assert near(worker, registered, dy=35, within_m=30)["place"] is None
    # In the corner of the box that is searched: 209 m.
    assert near(worker, registered, dx=-160, dy=-135)["place"] is None
    assert near(worker, registered, dy=205)["grid"]["id"] == str(registered.areas["g1"])


def test_nearest_of_many_places_is_the_nearest_by_metres(registered):
    """One degree of longitude is shorter than one of latitude: 45 m to the east are more degrees than 45 m to the north."""
    register(registered, "g3", address="天目路1号", dx=44)
    register(registered, "g3", address="天目路2号", dy=46)
    place = near(registered.supervisor(), registered, grid="g3")["place"]
    assert place["name"]["zh"] == "天目路1号"
