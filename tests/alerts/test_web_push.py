"""Web Push: messages by cause, encryption, subscriptions and their ends, against a push service on this machine."""

from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.alerts.rules import encryption
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.incidents.deadlines.service import notices
from tests.alerts.conftest import Browser

# RFC 8291, section 5 and appendix A.
VECTOR = {
    "message": b"When I grow up, I want to be a watermelon",
    "secret": "BTBZMqHH6r4Tts7J_aSIgg",
    "browser_key": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "sender_key": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "encrypted": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
    "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def test_encryption_equals_the_test_vector_of_rfc_8291():
    number = int.from_bytes(encryption.from_base64url(VECTOR["sender_key"]), "big")
    encrypted = encryption.encrypt(
        VECTOR["message"],
        browser_key=encryption.from_base64url(VECTOR["browser_key"]),
        secret=encryption.from_base64url(VECTOR["secret"]),
        sender_key=ec.derive_private_key(number, ec.SECP256R1()),
        salt=encryption.from_base64url(VECTOR["salt"]),
    )
    assert encryption.base64url(encrypted) == VECTOR["encrypted"]


def test_offer_reaches_the_closed_app_with_kind_and_id_only(city, report, subscribed, send_due, push_service):
    worker = city.worker("g1")
    browser = subscribed(worker)
    case = report(city.supervisor(), city.in_grid("g1"), description="门牌 12 号,联系 13800138000")
    assert send_due() == 1
    assert push_service.sent_to(browser) == [{"kind": "offer", "id": case["assignment"]["id"]}]
    (delivery,) = push_service.deliveries
    assert delivery.headers["Content-Encoding"] == "aes128gcm"
    assert delivery.headers["Urgency"] == "high"
    assert int(delivery.headers["TTL"]) > 0
    assert len(delivery.headers["Topic"]) == 32
    assert send_due() == 0  # sent once


def test_sender_is_named_by_the_key_with_which_the_browser_subscribed(
    city, report, subscribed, send_due, push_service
):
    worker = city.worker("g1")
    listed = worker.get("/me/push-subscriptions").json
    assert listed["items"] == []
    subscribed(worker)
    report(city.supervisor(), city.in_grid("g1"))
    send_due()
    scheme, token, key = push_service.deliveries[0].headers["Authorization"].replace(",", " ").split()
    assert (scheme, key) == ("vapid", f"k={listed['key']}")
    point = encryption.from_base64url(listed["key"])
    claims = jwt.decode(
        token.removeprefix("t="),
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point),
        algorithms=["ES256"],
        audience=push_service.url,
    )
    assert claims["sub"] == "https://grid.example"
    assert claims["exp"] <= clock.now().timestamp() + 24 * 3_600


def test_urge_and_call_for_help_reach_those_who_are_to_act(
    city, report, accept, step, subscribed, send_due, push_service
):
    worker, boss = city.worker("g1"), city.supervisor()
    case = report(boss, city.in_grid("g1"))
    accept(worker, case)
    of_worker, of_boss = subscribed(worker), subscribed(boss)
    assert step(boss, case, "urge").status_code == 200
    call = {"id": str(uuid7()), **city.in_grid("g1")}
    assert worker.post("/sos", call).status_code == 201
    assert send_due() == 2
    assert push_service.sent_to(of_worker) == [{"kind": "urge", "id": case["assignment"]["id"]}]
    assert push_service.sent_to(of_boss) == [{"kind": "sos", "id": call["id"]}]
    assert push_service.deliveries[0].headers["Urgency"] == "high"  # the call for help goes first


def test_worker_off_duty_gets_calls_for_help_and_nothing_else(
    city, report, accept, step, subscribed, send_due, push_service, rows
):
    worker, boss = city.worker("g1"), city.supervisor()
    chief = city.worker("g2", on_duty=False, role="chief")
    of_worker, of_chief = subscribed(worker), subscribed(chief)
    case = report(boss, city.in_grid("g1"))
    accept(worker, case)
    assert worker.post(f"/workers/{worker.id}/duty", {"on_duty": False}).status_code == 200
    assert step(boss, case, "urge").status_code == 200
    call = {"id": str(uuid7()), **city.in_grid("g2")}
    assert city.worker("g2").post("/sos", call).status_code == 201
    send_due()
    assert push_service.sent_to(of_worker) == []
    assert push_service.sent_to(of_chief) == [{"kind": "sos", "id": call["id"]}]
    urge = "select a.reason from alert a where a.subject_id = :id and a.kind = 'urge'"
    assert [row.reason for row in rows(urge, id=case["assignment"]["id"])] == ["off_duty"]


def test_subscription_ends_with_its_session_and_its_keys_are_erased(
    city, report, subscribed, send_due, push_service, rows
):
    worker = city.worker("g1")
    browser = subscribed(worker)
    (item,) = worker.get("/me/push-subscriptions").json["items"]
    assert (item["service"], item["is_this_session"]) == ("127.0.0.1", True)
    report(city.supervisor(), city.in_grid("g1"))
    assert worker.post("/auth/logout").status_code == 204
    send_due()
    assert push_service.sent_to(browser) == []
    (row,) = rows("select * from alert_subscription where id = :id", id=item["id"])
    assert (row.ended_because, row.endpoint, row.public_key, row.secret) == ("session", None, None, None)
    worker.token = None
    assert worker.get("/me/push-subscriptions").json["items"] == []


@pytest.mark.parametrize("status", [404, 410])
def test_subscription_ends_when_the_push_service_does_not_know_it(
    city, report, subscribed, send_due, push_service, status
):
    worker = city.worker("g1")
    subscribed(worker)
    push_service.answers = [(status, {})]
    report(city.supervisor(), city.in_grid("g1"))
    assert send_due() == 1
    assert worker.get("/me/push-subscriptions").json["items"] == []
    report(city.supervisor(), city.in_grid("g1"))
    assert send_due() == 0


def test_new_subscription_replaces_that_of_its_session_and_that_of_its_endpoint(
    city, subscribed, push_service
):
    worker, other = city.worker("g1"), city.worker("g2")
    subscribed(worker)
    browser = subscribed(worker)
    assert len(worker.get("/me/push-subscriptions").json["items"]) == 1
    assert other.post("/me/push-subscriptions", browser.subscription()).status_code == 201
    assert worker.get("/me/push-subscriptions").json["items"] == []
    assert other.call("DELETE", "/me/push-subscriptions").status_code == 204
    assert other.call("DELETE", "/me/push-subscriptions").status_code == 204
    assert other.get("/me/push-subscriptions").json["items"] == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://93.184.215.14/push",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/push",
        "https://93.184.215.14:8443/push",
        "https://user@93.184.215.14/push",
        "https://[::ffff:10.0.0.1]/push",
    ],
)
def test_endpoint_that_is_not_public_is_refused(city, push_service, push_settings, endpoint):
    body = Browser(push_service).subscription() | {"endpoint": endpoint}
    answer = city.worker("g1").post("/me/push-subscriptions", body)
    assert (answer.status_code, answer.json["code"]) == (422, "push_endpoint_refused")


def test_keys_that_are_no_point_of_the_curve_are_refused(city, push_service, push_settings):
    body = Browser(push_service).subscription()
    body["keys"]["p256dh"] = encryption.base64url(b"\x04" + b"\x01" * 64)
    answer = city.worker("g1").post("/me/push-subscriptions", body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "keys.p256dh")


def test_message_that_is_of_no_use_any_more_is_not_sent(
    city, report, subscribed, send_due, push_service, accept
):
    worker = city.worker("g1")
    browser = subscribed(worker)
    accept(worker, report(city.supervisor(), city.in_grid("g1")))  # seen in the app before the push
    report(city.supervisor(), city.in_grid("g1"))
    with clock.at(clock.now() + timedelta(days=10)):
        send_due()
    assert push_service.sent_to(browser) == []


def test_notice_of_a_deadline_reaches_the_person_whom_its_event_names(
    city, report, accept, subscribed, send_due, push_service, rows
):
    worker = city.worker("g1")
    browser = subscribed(worker)
    case = report(city.supervisor(), city.in_grid("g1"))
    accept(worker, case)
    (due,) = rows("select due_at from deadline where incident_id = :id and stage = 'handle'", id=case["id"])
    with db.transaction(SYSTEM) as session:
        sent = notices.send_due_notices(
            session, incident_id=UUID(case["id"]), now=due.due_at + timedelta(seconds=1)
        )
        assert sent["overdue"] == 1
    with clock.at(due.due_at + timedelta(minutes=1)):
        send_due()
    assert push_service.sent_to(browser) == [{"kind": "deadline", "id": case["assignment"]["id"]}]
