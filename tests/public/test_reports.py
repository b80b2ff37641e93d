"""Reports of people without an account: the same loop as for workers, idempotence, contact data, limits."""

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import Conflict, Invalid, NotFound, Throttled
from app.public import service as public
from app.public.rules.floods import LIMITS
from app.public.rules.free_words import HIDDEN, clean_words
from tests.factories import make_city
from tests.public.conftest import DOOR, file_report, list_cases


def one_row(statement, **binds):
    with db.read_session() as session:
        return session.execute(text(statement), binds).mappings().one()


def test_public_report_is_dispatched_as_report_of_worker(city):
    worker = city.worker("g1")
    receipt = file_report(city)
    assert (receipt.is_new, receipt.is_public, receipt.case.is_open) == (True, True, True)
    case = city.supervisor().get(f"/incidents/{receipt.case.id}").json
    assert case["grid"]["id"] == str(city.areas["g1"])
    assert case["source"] == "public"
    offers = worker.get("/assignments").json["items"]
    assert [offer["incident"]["id"] for offer in offers] == [str(receipt.case.id)]


def test_public_report_is_verified_first_when_profile_says_so(app, settings):
    lifecycle = {"lifecycle": {"verify": {"sources": ["public"]}}}
    city = make_city(app, settings, profile=DOOR | lifecycle)
    city.worker("g1")
    assert file_report(city).case.state.code == "verifying"


def test_repeated_client_id_returns_same_case_with_new_link(city):
    first = file_report(city, client_id="a" * 32)
    second = file_report(city, client_id="a" * 32)
    assert (second.is_new, second.case.id) == (False, first.case.id)
    assert first.secret != second.secret
    with pytest.raises(Conflict):
        file_report(city, client_id="a" * 32, words="something else")


def test_door_is_not_found_when_profile_closes_it(app, settings):
    city = make_city(app, settings)
    with pytest.raises(NotFound):
        file_report(city)
    with pytest.raises(NotFound):
        list_cases(city)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"category": "no-such"}, "category_unknown"),
        ({"lon": None}, "place_missing"),
        ({"lon": 0.0, "lat": 80.0}, "place_outside"),
        ({"words": "x" * 4001}, "words_too_long"),
    ],
)
def test_public_report_is_refused_when_field_is_invalid(city, fields, code):
    with pytest.raises(Invalid) as refused:
        file_report(city, **fields)
    assert refused.value.extra["errors"][0]["code"] == code


def test_telephone_and_email_in_words_are_hidden_and_become_contact(city):
    receipt = file_report(city, words="请回电13800001111，或 li@mail.example，谢谢")
    assert receipt.has_hidden
    row = one_row(
        "select r.words, p.phone, p.email, p.kind from report r join reporter p on p.id = r.reporter_id"
        " where r.id = :id",
        id=receipt.case.id,
    )
    assert dict(row) == {
        "words": f"请回电{HIDDEN}，或 {HIDDEN}，谢谢",
        "phone": "13800001111",
        "email": "li@mail.example",
        "kind": "resident",
    }


def test_given_contact_is_stored_when_words_hold_numbers(city):
    contact = public.Contact(name="李明", phone="0571-88880000")
    receipt = file_report(city, words="13800001111", contact=contact)
    row = one_row(
        "select p.name, p.phone, p.email from report r join reporter p on p.id = r.reporter_id where r.id = :id",
        id=receipt.case.id,
    )
    assert tuple(row.values()) == ("李明", "0571-88880000", None)


@pytest.mark.parametrize(
    ("words", "clean"),
    [
        ("井盖破了", "井盖破了"),
        ("电话 138-0000-1111 李", f"电话 {HIDDEN} 李"),
        ("a@b.cn 和 0571 8888 0000", f"{HIDDEN} 和 {HIDDEN}"),
    ],
)
def test_clean_words_hide_numbers_and_addresses(words, clean):
    assert clean_words(words).words == clean


def test_reports_of_one_address_are_throttled_with_alike_words(city):
    limit = next(limit for limit in LIMITS if limit.count == "same_source_alike")
    for _ in range(limit.most):
        file_report(city, source=b"one address")
    with pytest.raises(Throttled) as refused:
        file_report(city, source=b"one address")
    assert refused.value.code == "public_reports_alike"
    file_report(city, source=b"one address", words="路灯不亮，晚上很黑")
    file_report(city, source=b"another address")


def test_reports_of_one_address_are_throttled_when_words_differ(city):
    limit = next(limit for limit in LIMITS if limit.count == "same_source_hour")
    for number in range(limit.most):
        file_report(city, source=b"an address", words=chr(0x4E00 + number * 37) * 4)
    with pytest.raises(Throttled) as refused:
        file_report(city, source=b"an address", words="完全不同")
    assert refused.value.code == "public_reports_of_address"


def test_source_of_report_is_forgotten_after_two_days(city):
    receipt = file_report(city, source=b"of an address")
    stored = "select source_digest, received_at from public_report where report_id = :id"
    row = one_row(stored, id=receipt.case.id)
    assert bytes(row["source_digest"]) == b"of an address"
    from datetime import timedelta

    with db.transaction(SYSTEM) as session:
        public.forget_sources(session, now=row["received_at"] + timedelta(days=2, seconds=1))
    assert one_row(stored, id=receipt.case.id)["source_digest"] is None


def test_erasure_of_reporter_ends_links_and_words_of_rating(city):
    receipt = file_report(city, words="李先生家门口", contact=public.Contact(email="li@mail.example"))
    supervisor = city.supervisor()
    reason = {"reason": "asked by the person"}
    path = f"/incidents/{receipt.case.id}/reporter/erase"
    assert supervisor.post(path, reason).status_code == 204
    row = one_row(
        "select p.email, r.words from report r join reporter p on p.id = r.reporter_id where r.id = :id",
        id=receipt.case.id,
    )
    assert tuple(row.values()) == (None, "")
    with db.read_session() as session:
        door = public.open_city(session, city.code)
        with pytest.raises(NotFound):
            public.follow(session, door, receipt.secret)
