"""Kinds of signals, detected signals, and how detected signals continue stored ones.

No database is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.enumerations import Enumeration

HOURLY, DAILY = "hourly", "daily"
ANSWERS = Enumeration(
    "SignalAnswerKind",
    {
        "reply": "the words are sent to the reporters of the cases",
        "help_offered": "the same with an offer of help; only stored if the members of the signal are no cases",
        "category_version": "the profile has a category for it now",
        "none": "nothing has to be done",
    },
)
# Answers whose words are sent to the reporters, if the members of the signal are cases.
TOLD_TO_REPORTERS = frozenset({"reply", "help_offered"})


@dataclass(frozen=True, slots=True)
class SignalKind:
    """A kind of signal. A signal is about a service, a rule or a place, never about a person.

    Attributes:
        cadence: How often the detector runs: hourly or daily.
        member: Kind of the members: incident, household or area.
        en, zh: Sentences for PostgreSQL's format(). Their arguments are: 1 area, 2 number of members or reports, 3 expected
            number or standard, 4 subject, 5 addition to the subject or an empty text.
        is_by_chance: The detector uses a statistical test, so that signals have a p-value.
        does: Names of operations that can remove the cause.
    """

    code: str
    cadence: str
    member: str
    title: tuple[str, str]
    en: str
    zh: str
    is_by_chance: bool = False
    does: tuple[str, ...] = ()


KINDS: dict[str, SignalKind] = {
    kind.code: kind
    for kind in (
        SignalKind(
            "cluster",
            DAILY,
            "incident",
            ("Hotspot", "时空热点"),
            "%2$s reports came from one place in %1$s within a few days; %3$s were to be expected.",
            "%1$s一处数日内集中上报 %2$s 件，通常应为 %3$s 件。",
            is_by_chance=True,
        ),
        SignalKind(
            "unanswered",
            HOURLY,
            "incident",
            ("No progress", "久无进展"),
            "%2$s cases of %4$s in %1$s had no step for %3$s days.",
            "%1$s由%4$s负责的 %2$s 件案卷已 %3$s 天无任何进展。",
        ),
        SignalKind(
            "bouncing",
            HOURLY,
            "incident",
            ("Repeatedly returned", "反复退回"),
            "%2$s cases of category %4$s in %1$s passed from one unit to another at least %3$s times%5$s. It is not clear "
            "which unit is responsible.",
            "%1$s有 %2$s 件“%4$s”案卷在单位之间%5$s流转 %3$s 次及以上，责任单位不明。",
        ),
        SignalKind(
            "visits_missed",
            DAILY,
            "household",
            ("Overdue visits", "走访超期"),
            "%2$s households in %1$s waited for an overdue visit for at least %3$s days.",
            "%1$s有 %2$s 户走访超期 %3$s 天及以上。",
        ),
        SignalKind(
            "rising",
            DAILY,
            "incident",
            ("Rising category", "类别骤增"),
            "%2$s reports of category %4$s came from %1$s recently; %3$s were to be expected from the time before.",
            "%1$s近期“%4$s”上报 %2$s 件，按其以往应为 %3$s 件。",
            is_by_chance=True,
        ),
        SignalKind(
            "unclassified",
            HOURLY,
            "incident",
            ("Unclassified cluster", "未分类集中"),
            "%2$s reports without a category came from near each other in %1$s, with similar words%5$s.",
            "%1$s有 %2$s 件未分类上报用词相近、位置相邻%5$s。",
            does=("profile", "bulk"),
        ),
        SignalKind(
            "unheard",
            DAILY,
            "area",
            ("Under-reporting group", "上报过少的群体"),
            "%2$s reports came from around the households of a group in %1$s (%4$s); %3$s were to be expected for its size.",
            "%1$s部分住户（%4$s）周边仅上报 %2$s 件，按户数应为 %3$s 件。",
            is_by_chance=True,
        ),
    )
}
# Strength of a signal of a plain count n: 1 - _FLOOR / n, so that one case has 0.5 and more cases approach 1.
_FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class DetectedSignal:
    """A signal that a detector found in one run.

    Attributes:
        key: Identifies the subject of the signal; it is equal in all runs.
        members: Ids of cases, households or areas.
        figure: The number of reports for a cluster and for a signal about areas; the number of members for all others.
        expected: The number that was expected, or the standard. None: there is none.
        area_id: None: the smallest area that contains all members.
        p: P-value. None: no statistical test.
        subject: The unit, category, words or kind of household that the signal is about: names in both languages, with its
            id or code.
    """

    kind: str
    key: str
    members: Sequence[UUID]
    figure: float
    expected: float | None
    since: datetime
    until: datetime
    area_id: UUID | None = None
    p: float | None = None
    subject: dict[str, Any] = field(default_factory=dict)

    def named(self, key: str) -> "DetectedSignal":
        """Return a copy of the signal with `key` as its key."""
        return replace(self, key=key)

    @property
    def strength(self) -> float:
        """Return the strength of the signal, 0 to 1, by which lists are ordered.

        It is 1 minus the p-value. For a signal without a p-value it is computed from its count.
        """
        if self.p is not None:
            return round(1 - self.p, 6)
        return round(1 - _FLOOR / max(self.figure, 1), 6)


@dataclass(frozen=True, slots=True)
class SignalSelection:
    """Filters of a list of signals.

    Attributes:
        within: Id of an area. None: all.
        kinds: Kinds of signals. Empty: all.
        state: `standing` (not ended), `ended` or `all`.
    """

    within: UUID | None = None
    kinds: Sequence[str] = ()
    state: str = "standing"


def continued_keys(
    detected: Sequence[tuple[str, frozenset[UUID]]], standing: Sequence[tuple[str, frozenset[UUID]]]
) -> list[str]:
    """Return for each detected group of cases the key of the stored signal that it continues.

    A group continues the signal (not ended) with which it has most members in common. So a group that grows stays the same
    signal. Each signal is continued by at most one group. A group that continues no signal has its own key.

    Args:
        detected: Own key and members of each detected group.
        standing: Key and members of each signal that has not ended.
    """
    pairs = sorted(
        (
            (-len(members & standing_members), key, n)
            for n, (_, members) in enumerate(detected)
            for key, standing_members in standing
            if members & standing_members
        ),
    )
    keys = [key for key, _ in detected]
    used: set[str] = set()
    settled: set[int] = set()
    for _, key, n in pairs:
        if key not in used and n not in settled:
            keys[n] = key
            used.add(key)
            settled.add(n)
    return keys
