"""Settings of outgoing e-mail and SMS and of notices, which are a part of `app.settings`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.open311_settings import Open311Settings

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\])"
MAIL_SERVER = re.compile(rf"(smtps?|smtp-plain)://(?:([^@/\s]{{1,200}})@)?({_HOST})(?::([0-9]{{1,5}}))?")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_GATEWAY = re.compile(r"https?://[^\s@#]{1,500}")
_COUNTRIES = re.compile(r"[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*")


@dataclass(frozen=True, slots=True)
class MessageSettings(Open311Settings):
    """Settings of an operator for e-mail, SMS and notices. A channel without its server is off.

    Attributes:
        mail_server: `smtp://user@host:587` (STARTTLS), `smtps://user@host:465` (TLS), or `smtp-plain://host:25`.
        mail_from: Address of the sender.
        sms_url: Address of the gateway.
        sms_countries: Country codes to which SMS are sent. A number without a country code is one of the first.
        messages_per_day: Most messages to one address in 24 hours.
        sms_per_hour: SMS of one number that are applied within an hour.
        notice_days: Days after the end of a notice for which the states of its households are stored.
        notice_request_households: Households up to which a request publishes a notice; a job publishes larger ones.
        notice_request_addressees: Addressees, with those who opted out, whose rows a request stores.
        notice_batch_addressees: Addressees whose rows a job stores in one transaction. A withdrawal waits for one of these.
    """

    mail_server: str = ""
    mail_from: str = ""
    mail_password_file: Path | None = None
    sms_url: str = ""
    sms_token_file: Path | None = None
    sms_countries: tuple[str, ...] = ("86",)
    messages_per_day: int = 10
    notice_days: int = 366
    notice_request_households: int = 1_000
    notice_request_addressees: int = 5_000
    notice_batch_addressees: int = 2_000
    sms_per_hour: int = 60


def _like(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _countries(text: str) -> tuple[str, ...]:
    return tuple(_like(_COUNTRIES)(text).split(","))


def _per_day(text: str) -> int:
    if not 1 <= int(text) <= 1_000:
        raise ValueError
    return int(text)


def _notice_days(text: str) -> int:
    if not 30 <= int(text) <= 3_650:
        raise ValueError
    return int(text)


# As `app.settings.VARIABLES`.
MESSAGE_VARIABLES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "GRIDWARD_MAIL_SERVER": ("mail_server", _like(MAIL_SERVER), "a URL such as smtp://user@mail.example:587"),
    "GRIDWARD_MAIL_FROM": ("mail_from", _like(MAIL_ADDRESS), "an e-mail address"),
    "GRIDWARD_MAIL_PASSWORD_FILE": ("mail_password_file", Path, "a file"),
    "GRIDWARD_SMS_URL": ("sms_url", _like(_GATEWAY), "a URL such as https://gateway.example/messages"),
    "GRIDWARD_SMS_TOKEN_FILE": ("sms_token_file", Path, "a file"),
    "GRIDWARD_SMS_COUNTRIES": ("sms_countries", _countries, "country codes such as 86,852, by commas"),
    "GRIDWARD_NOTICE_DAYS": ("notice_days", _notice_days, "a whole number from 30 to 3650"),
    "GRIDWARD_SMS_PER_HOUR": ("sms_per_hour", _per_day, "a whole number from 1 to 1000"),
    "GRIDWARD_MESSAGES_PER_DAY": ("messages_per_day", _per_day, "a whole number from 1 to 1000"),
}
