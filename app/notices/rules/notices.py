"""States, purposes and channels of notices, and their limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core.enumerations import Enumeration

STORED_STATES = ("draft", "awaiting_approval", "publishing", "published", "withdrawn")
STATES = Enumeration(
    "NoticeState",
    {
        "draft": "the author can still change it",
        "awaiting_approval": "a second person decides about it",
        "publishing": "it is decided, and a job stores the states of its households; nobody gets it yet",
        "published": "its addressees are stored, and it is delivered",
        "ended": "its validity is over",
        "withdrawn": "a person took it back; its links show only that",
    },
)
PURPOSES = Enumeration(
    "NoticePurpose",
    {
        "emergency": "danger now: storm, flood, fire, gas",
        "safety": "how to stay safe: inspection, gas, fire, fraud",
        "works": "works and outages: water, power, roads",
        "health": "health: vaccination, epidemic, heat",
        "rules": "new or changed rules",
        "service": "services and benefits that can be claimed",
        "consultation": "a question to residents",
    },
)
# As households read them.
PURPOSE_NAMES = {
    "emergency": {"zh": "紧急情况", "en": "Emergency"},
    "safety": {"zh": "安全提示", "en": "Safety"},
    "works": {"zh": "施工和停供", "en": "Works and outages"},
    "health": {"zh": "卫生健康", "en": "Health"},
    "rules": {"zh": "规定变化", "en": "Rules"},
    "service": {"zh": "服务和补助", "en": "Services and benefits"},
    "consultation": {"zh": "征求意见", "en": "Consultation"},
}
CHANNELS = Enumeration(
    "NoticeChannel",
    {
        "visit": "a worker tells the household at the door",
        "link": "a secret link to a page for the household",
        "paper": "a printed sheet with a code of the household",
        "sms": "an SMS with a link, to a resident who consented to it",
        "email": "an e-mail with a link, to a resident who consented to it",
    },
)
# Of the channels whose notices are messages of the outbox: the purpose of the consent, as it is written in the register, in
# lower case.
CONSENTS = {
    "sms": ("短信通知", "notices by sms"),
    "email": ("邮件通知", "notices by e-mail", "notices by email"),
}
# States of a household, in the order in which a later one replaces an earlier one. The last three are answers.
RANKS = {
    "not_reached": 0,
    "opted_out": 0,
    "sent": 1,
    "opened": 2,
    "told": 3,
    "understood": 4,
    "needs_help": 4,
    "declined": 4,
}
HOUSEHOLD_STATES = Enumeration(
    "NoticeHouseholdState",
    {
        "not_reached": "nothing went out to the household yet",
        "sent": "its link or its sheet was made, or the server took its SMS or e-mail",
        "opened": "its link was opened",
        "told": "a worker told it",
        "understood": "it answered that it understood",
        "needs_help": "it answered that it needs help",
        "declined": "it did not want to hear or answer",
        "opted_out": "it wants no such notices in any channel of this notice, so nothing is delivered",
    },
)
# States that a person records at the door.
RECEIPT_STATES = Enumeration(
    "NoticeReceiptState",
    {state: HOUSEHOLD_STATES.meanings[state] for state in ("told", "understood", "needs_help", "declined")},
)
# Answers of a household by its link or code.
ANSWERS = ("understood", "needs_help")
# What a household ends by its link: notices of the purpose, or through the channel.
OPT_OUT_SCOPES = ("purpose", "channel")
REACHED = ("sent", "opened", "told", "understood", "needs_help", "declined")
# An offline receipt may arrive so late, and from a device whose clock is so far ahead.
LATE_AT_MOST, AHEAD_AT_MOST = timedelta(days=31), timedelta(minutes=5)

# Notices that one account published alone within the window count together, so that one notice cannot be sent as several
# small ones. From how many households on a second person approves is a rule of the profile.
APPROVAL_WINDOW = timedelta(hours=24)
# A request fixes a million addressees in some seconds, which the limit of other statements could end.
FREEZE_TIMEOUT_MS = 60_000

LANGUAGES_MAX = 10
TITLE_MAX, TEXT_MAX = 120, 4_000
AREAS_MAX = 200
VERTICES_MAX = 1_000
VALID_DAYS_MAX = 366
PREVIEW_GRIDS_MAX = 200
# Households to tell of a grid, of all its running notices, that phones hold. Others follow when these were told.
TASKS_OF_GRID_MAX = 1_000
ATTACHMENTS_MAX, ATTACHMENTS_BYTES_MAX = 5, 10_000_000


@dataclass(frozen=True, slots=True)
class MessageRoutes:
    """Addresses to which messages can be sent.

    Attributes:
        phone_pattern: Numbers to which SMS are sent, as a POSIX expression. None: there is no gateway.
        has_mail: E-mails are sent.
    """

    phone_pattern: str | None
    has_mail: bool

    def binds(self) -> dict[str, Any]:
        """Return the binds of the statements that choose addresses of residents who consented."""
        consents = {f"{channel}_consents": list(purposes) for channel, purposes in CONSENTS.items()}
        return consents | {"phone_pattern": self.phone_pattern, "has_mail": self.has_mail}


def common_paths(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the paths of the areas that lie both in one of some areas and in one of others.

    A household in the common areas is in both, so the rows are compared with one list instead of two.
    """
    given = [(some, others), (others, some)]
    return sorted({inner for a, b in given for inner in a if any(f"{inner}.".startswith(f"{p}.") for p in b)})


def needs_approval(*, households: int, published_alone: int, approval_from: int) -> bool:
    """Return True if a second person has to approve a notice.

    Args:
        households: Number of households that the notice reaches.
        published_alone: Number of households that its author reached within `APPROVAL_WINDOW` without approval.
        approval_from: Number of households from which on the profile asks for a second person.
    """
    return households + published_alone >= approval_from
