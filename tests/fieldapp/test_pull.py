"""The pull: what is told, to whom, and that nothing is missed. Numbers in names are those of the list of failure cases."""

from app.core.ids import uuid7
from tests.fieldapp.phone import Phone, fresh


def test_a_phone_that_begins_gets_its_buckets_and_their_rows(city, report):
    worker = city.worker("g1")
    case = report(worker, city.in_grid("g1"))
    phone = fresh(worker)
    assert phone.buckets == {
        "global",
        f"worker:{worker.id}",
        f"grid:{city.areas['g1']}",
        *(f"area:{city.areas[name]}" for name in ("d", "s", "c1", "g1")),
    }
    assert case["id"] in phone.ids("incident")
    assert phone.ids("profile") == {str(city.jurisdiction_id)}
    assert phone.ids("unit") >= {str(unit) for unit in city.units.values()}
    assert phone.rows["area", str(city.areas["g1"])]["boundary"]["type"] == "MultiPolygon"
    assert phone.rows["area", str(city.areas["s"])]["boundary"] is None
    assert phone.refs["incident", case["id"]] == {f"grid:{city.areas['g1']}", f"worker:{worker.id}"}


def test_nothing_changed_is_an_empty_page(city):
    worker = city.worker("g1")
    phone = fresh(worker).pull()
    assert phone.told == [] and phone.pages[0]["drop_buckets"] == []


def test_what_changed_is_told_once_however_often_it_changed(city, report, accept):
    reporter, worker = city.worker("g2"), city.worker("g1")
    phone = fresh(worker)
    case = report(reporter, city.in_grid("g1"))
    accept(worker, case)
    phone.pull()
    told = [(row["bucket"].partition(":")[0], row["op"]) for row in phone.told if row["entity"] == "incident"]
    assert sorted(told) == [("grid", "P"), ("worker", "P")]
    assert phone.state() == fresh(worker).state()
    assert str(uuid7()) not in phone.ids("incident")
    assert isinstance(phone, Phone)
