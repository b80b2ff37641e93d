"""The number of an erased resident leaves waiting and dead messages, SMS and deliveries at once."""

import pytest

from app.core import clock
from app.core.erasures import Ledger
from app.core.ids import uuid7
from app.messages.service import address_digest
from app.notices import jobs, service
from app.rights import service as rights
from tests.factories import make_city
from tests.messages.conftest import app, certificate, gateway, mail_server, message_settings, send_due
from tests.messages.test_news import new_phone
from tests.notices.conftest import DOOR
from tests.notices.test_sms import CHANNELS, give_consent
from tests.notices.world import NoticeWorld, sql
from tests.rights.dumps import tables_naming
from tests.sms.test_receiving import SmsDoor

__all__ = ["app", "certificate", "gateway", "mail_server", "message_settings", "send_due"]


@pytest.fixture
def world(app, message_settings):
    yield NoticeWorld(make_city(app, message_settings, profile=DOOR))
    sql("update message set state = 'dropped', address = null, ended_at = now() where address is not null")


@pytest.fixture
def resident_told(world, message_settings, send_due, gateway):
    """Return the number and id of a resident with a dead and a waiting SMS of notices, an SMS in, and a delivery."""
    phone = new_phone()
    (home,) = world.settle(
        "g1", residents=[{"name": "张三丰", "phone": f"{phone[:3]} {phone[3:7]}-{phone[7:]}"}]
    )
    give_consent(world, home, "短信通知")

    def make():
        world.published(channels=CHANNELS)
        jobs.jobs.run_until_none_left(
            lambda session: service.make_messages(session, settings=message_settings)
        )

    make()
    send_due()
    assert SmsDoor(world.city).result(phone, "几点恢复？")["outcome"] == "asked"
    send_due()
    gateway.answer = lambda message: (422, {})
    make()
    send_due()
    make()
    (resident,) = sql("select id from resident where household_id = :home", home=home)
    states = sql("select state from message where address = :address order by state", address=f"+86{phone}")
    assert {row.state for row in states} == {"dead", "waiting"}
    return phone, resident.id


def digests(phone, settings):
    digest = address_digest(f"+86{phone}", settings)
    return sql("select 1 from notice_delivery where phone_digest = :digest", digest=digest)


def test_number_leaves_messages_sms_and_deliveries_with_the_resident(
    world, resident_told, message_settings, send_due, gateway
):
    phone, resident_id = resident_told
    assert "public.message" in tables_naming(message_settings.database_url, [phone])
    assert len(digests(phone, message_settings)) == 1
    gone = world.author.call("DELETE", f"/residents/{resident_id}", json={"reason": "本人书面要求"})
    assert gone.status_code == 204, gone.json
    assert tables_naming(message_settings.database_url, [phone]) == {}
    assert digests(phone, message_settings) == []
    gateway.messages.clear()
    assert send_due() == 0
    assert gateway.messages == []
    assert SmsDoor(world.city).result(phone, "1")["outcome"] == "help"


def test_replay_of_the_ledger_erases_the_number_again(world, resident_told, message_settings, tmp_path):
    phone, resident_id = resident_told
    ledger = Ledger(str(tmp_path))
    ledger.add("resident", [resident_id], at=clock.now())
    assert rights.replay(ledger, clock.now(), settings=message_settings)["resident"] == 1
    assert tables_naming(message_settings.database_url, [phone]) == {}


def test_number_of_another_resident_stays(world, resident_told, message_settings):
    phone, _ = resident_told
    (other,) = world.settle("g1", residents=[{"name": "李四", "phone": new_phone()}])
    (resident,) = sql("select id from resident where household_id = :home", home=other)
    gone = world.author.call("DELETE", f"/residents/{resident.id}", json={"reason": "本人书面要求"})
    assert gone.status_code == 204
    assert "public.message" in tables_naming(message_settings.database_url, [phone])
    assert world.author.call("DELETE", f"/residents/{uuid7()}", json={"reason": "x" * 5}).status_code == 404
