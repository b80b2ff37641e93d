"""A city whose residents are told by e-mail and SMS, with a mail server and a gateway on this machine."""

import dataclasses
import re
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.messages import jobs, service
from app.messages.service.mail import MailChannel
from app.messages.service.sms import SmsChannel
from app.public import jobs as public_jobs  # noqa: F401  (registers the composers)
from app.settings import Settings
from tests.factories import City, make_city
from tests.messages.servers import Gateway, MailServer, gateway_serving, mail_serving, write_certificate
from tests.public.conftest import DOOR

LINK = re.compile(r"https://grid\.example/public/([fyn])/([\w-]{16})")
HOST = "https://grid.example"


@pytest.fixture(scope="module")
def app(app_alone: Any) -> Any:
    """The app on a database of its own, because the job sends to everybody."""
    return app_alone


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def mail_server(certificate: Path) -> Iterator[MailServer]:
    with mail_serving(certificate) as running:
        yield running


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with gateway_serving() as running:
        yield running


@pytest.fixture
def message_settings(
    app: Any, mail_server: MailServer, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of an operator who sends e-mail and SMS."""
    (tmp_path / "mail-password").write_text("right\n")
    (tmp_path / "sms-token").write_text("token-of-the-gateway\n")
    settings = dataclasses.replace(
        app.extensions["settings"],
        public_url=HOST,
        outgoing_allowed=(ip_network("127.0.0.0/8"),),
        mail_server=f"smtp://robot@localhost:{mail_server.port}",
        mail_from="service@city.example",
        mail_password_file=tmp_path / "mail-password",
        sms_url=gateway.url,
        sms_token_file=tmp_path / "sms-token",
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    return settings


@pytest.fixture
def city(app: Any, message_settings: Settings) -> Iterator[City]:
    yield make_city(app, message_settings, profile=DOOR)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text(
                "update message set state = 'dropped', address = null, ended_at = now() where address is not null"
            )
        )


def channels(settings: Settings, certificate: Path) -> dict[str, service.Channel]:
    """Return the channels of the settings, with trust in the certificate of the tests."""
    made: dict[str, service.Channel] = {}
    if settings.mail_server:
        made["email"] = MailChannel(settings, tls=ssl.create_default_context(cafile=str(certificate)))
    if settings.sms_url:
        made["sms"] = SmsChannel(settings)
    return made


@pytest.fixture
def send_due(message_settings: Settings, certificate: Path) -> Callable[..., int]:
    """Return a function that runs the sending job once. It takes changes of the settings."""

    def send(**changes: Any) -> int:
        settings = dataclasses.replace(message_settings, **changes)
        return jobs.send_due(settings, channels(settings, certificate))

    return send


def links_in(text: str) -> dict[str, str]:
    """Return the paths of the links in a message by their kind: f (case), y (confirm), n (stop)."""
    return {kind: f"/public/{kind}/{secret}" for kind, secret in LINK.findall(text)}
