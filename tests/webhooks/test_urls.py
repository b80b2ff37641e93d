"""Attack suite: URLs that must not become requests into the network of the server."""

import dataclasses

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.outgoing import OutgoingClient
from tests.nonempty import nonempty

LOOPBACK_V4 = "127.0.0.1"
PRIVATE = ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
           "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.1", "192.0.2.1", "203.0.113.9")  # fmt: skip
V6 = ("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "64:ff9b::7f00:1",
      "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
      "2001:0:4136:e378:8000:63bf:3fff:fdd2")  # fmt: skip
OTHER_NUMBERS = ("2130706433", "017700000001", "0x7f000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.01",
                 "0300.0250.1.1", "3232235777", "0xA9FEA9FE", "1", "0")  # fmt: skip
NAMES = (
    "localhost",
    "localhost.",
    "LOCALHOST",
    "printer.local.invalid",
    "ⓛocalhost",
    "127。0。0。1",
    "①②⑦.0.0.1",
)
PUBLIC = "93.184.215.14"
SHAPES = (
    f"http://{PUBLIC}/", f"https://user@{PUBLIC}/", f"https://user:pass@{PUBLIC}/", f"https://{PUBLIC}@{LOOPBACK_V4}/",
    f"https://{LOOPBACK_V4}#@{PUBLIC}/", f"https://{LOOPBACK_V4}\\@{PUBLIC}/", f"https://{PUBLIC}:22/",
    f"https://{PUBLIC}:80/", f"https://{PUBLIC}:8443/", f"https://{PUBLIC}:0/", f"https://{PUBLIC}:65536/",
    f"https://{PUBLIC}:443:80/", f"https:{PUBLIC}", f"https:///{PUBLIC}/", f"//{PUBLIC}/", f"ftp://{PUBLIC}/",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "javascript:alert(1)", "data:text/plain,x", "https://", "https:///",
    f"https://{PUBLIC}/\r\nHost: x", f"https://{PUBLIC}/ x", f" https://{PUBLIC}/", f"https://{PUBLIC}/%0d%0a\tx",
    f"https://{PUBLIC}\x00.example/", f"https://[{PUBLIC}]/", "https://[::1", "https://[fe80::1%25eth0]/",
    f"https://{PUBLIC}/#fragment", f"https://{PUBLIC}/" + "a" * 2_000, "https://[::ffff:127.0.0.1]:443/", "https://a..b/",
    "https://-a.example/", "https://" + "a" * 64 + ".example/",
)  # fmt: skip
ATTACKS = (
    *(f"https://{host}/" for host in (LOOPBACK_V4, *PRIVATE, *OTHER_NUMBERS, *NAMES)),
    *(f"https://[{host}]/" for host in V6),
    *(f"https://{LOOPBACK_V4}:{port}/" for port in (22, 5432, 6379, 8000)),
    *SHAPES,
)


@pytest.fixture
def strict(app):
    """The settings of an operator who allows nothing."""
    assert app.extensions["settings"].outgoing_allowed == ()


def test_attacks_are_refused_when_a_subscription_is_made_or_changed(city, strict, rows):
    admin = city.person(Role.ADMIN, area="s")
    webhook = admin.post("/webhooks", {"url": f"https://{PUBLIC}/hook"}).json
    assert len(set(ATTACKS)) == len(ATTACKS) > 80
    for url in nonempty(ATTACKS):
        for answer in (
            admin.post("/webhooks", {"url": url}),
            admin.call("PATCH", f"/webhooks/{webhook['id']}", json={"url": url}),
        ):
            assert answer.status_code == 422, url
            assert answer.json["code"] in ("webhook_url_refused", "validation_failed"), url
    assert [w["url"] for w in admin.get("/webhooks").json["items"]] == [f"https://{PUBLIC}/hook"]
    admin.call("DELETE", f"/webhooks/{webhook['id']}")


def test_attacks_are_refused_when_a_message_is_sent(receiver):
    """A URL that was allowed once, or got into the table in another way, is checked with each message."""
    client = OutgoingClient()
    reached = []
    for url in nonempty(ATTACKS):
        try:
            client.request("POST", url, body=b"{}")
            reached.append(url)
        except Exception as error:
            assert type(error).__name__ in ("OutgoingRefused", "OutgoingFailed"), (url, error)
    assert reached == [] and receiver.messages == []


def test_name_that_moves_to_a_private_address_is_refused(
    city, report, subscribed, send_due, receiver, webhook_settings
):
    """DNS rebinding: public when the subscription is made, an address of this machine when the message is sent."""
    admin = city.person(Role.ADMIN, area="s")
    port = receiver.url.split(":")[2].split("/")[0]
    answers = {"now": [PUBLIC]}
    lookups = []

    def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return answers["now"]

    client = OutgoingClient(resolve=resolve)
    assert client.check("https://hook.example/x").host == "hook.example"
    webhook = subscribed(admin, types=["case.reported"])
    rename(webhook["id"], "https://hook.example/x")
    for moved in (["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["169.254.169.254"]):
        answers["now"] = moved
        report(city.supervisor(), city.in_grid("g1"))
        send_due(client=client)
    delivery = admin.get(f"/webhooks/{webhook['id']}/deliveries").json["items"][-1]
    assert (delivery["state"], delivery["reason"]) == ("waiting", "host")
    assert receiver.messages == [] and len(lookups) >= 2 and port


def rename(webhook_id: str, url: str) -> None:
    with db.transaction(SYSTEM) as session:
        sql = text("update webhook_subscription set url = :url where id = cast(:id as uuid)")
        session.execute(sql, {"url": url, "id": webhook_id})


def test_redirect_to_a_private_address_is_refused(city, report, subscribed, send_due, receiver):
    admin = city.person(Role.ADMIN, area="s")
    webhook = subscribed(admin, types=["case.reported"])
    places = [f"http://{host}/" for host in (LOOPBACK_V4, "169.254.169.254", "[::1]", "localhost")]
    for status, place in zip((301, 302, 307, 308), places, strict=True):
        receiver.answer = lambda _, status=status, place=place: (status, {"Location": place})
        report(city.supervisor(), city.in_grid("g1"))
        send_due()
    reasons = {d["reason"] for d in admin.get(f"/webhooks/{webhook['id']}/deliveries").json["items"]}
    assert "redirect" in reasons and reasons <= {"redirect", None}


def test_operator_allows_only_the_hosts_of_the_setting(city, receiver, app, monkeypatch):
    admin = city.person(Role.ADMIN, area="s")
    settings = dataclasses.replace(app.extensions["settings"], outgoing_allowed=("127.0.0.1",))
    monkeypatch.setitem(app.extensions, "settings", settings)
    allowed = admin.post("/webhooks", {"url": receiver.url})
    assert allowed.status_code == 201
    for url in ("http://127.0.0.2/", "http://10.0.0.1/", "https://127.0.0.3/"):
        assert admin.post("/webhooks", {"url": url}).status_code == 422
    admin.call("DELETE", f"/webhooks/{allowed.json['id']}")


def test_refusal_does_not_tell_which_names_the_network_has(city, strict):
    """A name that is not found and one with a private address are refused alike."""
    admin = city.person(Role.ADMIN, area="s")
    refused_here = admin.post("/webhooks", {"url": "https://localhost/"})
    missing = admin.post("/webhooks", {"url": "https://no-such-name.invalid/"})
    assert (
        (refused_here.status_code, refused_here.json["reason"])
        == (missing.status_code, missing.json["reason"])
        == (422, "host")
    )
