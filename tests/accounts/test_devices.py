"""Blocked devices: sign-in is refused until a manager or the owner allows them again."""

import pytest

from tests.answers import status_and_code


def device_of(person, key="phone"):
    return next(d for d in person.get("/me/devices").json["items"] if d["client_key"] == key)


@pytest.fixture
def two_devices(worker):
    """Return a person who is signed in on a tablet, and the tokens of an earlier sign-in on a phone."""
    worker.sign_in(device_id="phone")
    phone = worker.tokens
    worker.sign_in(device_id="tablet")
    return worker, phone


def on_phone(person):
    """Sign in on the phone, without a change of the person's session on the tablet."""
    tablet = person.tokens
    answer = person.sign_in(device_id="phone")
    person.tokens = tablet
    return answer


def test_sign_in_is_refused_on_device_cut_off_by_manager_until_allowed(two_devices, supervisor, sql):
    worker, _ = two_devices
    path = f"/accounts/{worker.id}/devices/{device_of(worker)['id']}"
    assert supervisor.delete(path).status_code == 204
    assert status_and_code(on_phone(worker)) == (403, "device_cut_off")
    assert device_of(worker)["revoked_by_owner"] is False
    assert status_and_code(worker.post(f"/me/devices/{device_of(worker)['id']}/allow")) == (
        403,
        "device_cut_off_by_manager",
    )
    assert status_and_code(on_phone(worker)) == (403, "device_cut_off")
    assert supervisor.post(f"{path}/allow").status_code == 204
    assert on_phone(worker).status_code == 200
    events = sql(
        "select action, detail from audit_event where entity_id = :id"
        " and action in ('session.device_refused', 'account.allow_device') order by id",
        id=worker.id,
    )
    assert [e.action for e in events] == ["session.device_refused"] * 2 + ["account.allow_device"]
    assert events[0].detail == {"client_key": "phone", "address": worker.address}


def test_sign_in_returns_401_for_wrong_password_on_cut_off_device(two_devices, supervisor):
    worker, _ = two_devices
    supervisor.delete(f"/accounts/{worker.id}/devices/{device_of(worker)['id']}")
    assert status_and_code(worker.sign_in(device_id="phone", password="a wrong password")) == (
        401,
        "sign_in_failed",
    )


def test_owner_can_allow_device_cut_off_by_owner(two_devices):
    worker, phone = two_devices
    path = f"/me/devices/{device_of(worker)['id']}"
    assert worker.delete(path).status_code == 204
    assert status_and_code(on_phone(worker)) == (403, "device_cut_off")
    assert device_of(worker)["revoked_by_owner"] is True
    assert worker.post(f"{path}/allow").status_code == 204
    worker.tokens = phone
    assert status_and_code(worker.get("/me")) == (401, "session_revoked"), (
        "the old session does not come back"
    )
    assert worker.sign_in(device_id="phone").status_code == 200
    assert worker.get("/me").status_code == 200


@pytest.mark.parametrize("first", ["owner", "manager"])
def test_owner_cannot_allow_device_cut_off_by_owner_and_manager(two_devices, supervisor, first):
    worker, _ = two_devices
    device = device_of(worker)["id"]
    acts = [
        lambda: worker.delete(f"/me/devices/{device}"),
        lambda: supervisor.delete(f"/accounts/{worker.id}/devices/{device}"),
    ]
    for act in acts if first == "owner" else reversed(acts):
        assert act().status_code == 204
    assert status_and_code(worker.post(f"/me/devices/{device}/allow")) == (403, "device_cut_off_by_manager")


def test_allow_device_is_no_op_when_device_is_not_cut_off(two_devices, sql):
    worker, _ = two_devices
    assert worker.post(f"/me/devices/{device_of(worker)['id']}/allow").status_code == 204
    assert not sql(
        "select from audit_event where entity_id = :id and action = 'account.allow_device'", id=worker.id
    )
