"""What figures count: every measure and rate, with its titles and where its definition comes from.

A measure counts cases whose base lies in the period: when they were reported, or when the limit on handling them falls
due. What the words below mean for a case stands in app/statistics/queries/figures.py, by the same names.
"""

from dataclasses import dataclass

from app.profiles.rules.evaluation import Denominator


@dataclass(frozen=True, slots=True)
class Measure:
    """A count of cases. `base`: reported or due, whichever has to lie in the period."""

    name: str
    base: str
    zh: str
    en: str
    means: str
    source: str


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` by `denominator`. `is_good`: whether more of it is better."""

    name: str
    zh: str
    en: str
    numerator: str
    denominator: Denominator
    is_good: bool
    source: str


# Groups that are parts of the period, and nothing of a case.
PARTS = ("month", "week", "day")

_PLATFORMS = "counts of evaluation in common platforms of digital city management"
_JINHUA = "Jinhua's rules of evaluation: deferred cases leave the denominator, and so does here what is on the books"
_FUZHOU = "Fuzhou's quarterly figures of digital city management, with the share of extended cases"
_OURS = "this project"

MEASURES = {
    m.name: m
    for m in (
        Measure("accepted", "reported", "受理数", "Accepted", "reported in the period", _PLATFORMS),
        Measure("filed", "reported", "立案数", "Filed", "of the accepted: filed", _PLATFORMS),
        Measure("not_filed", "reported", "不予立案数", "Not filed", "of the accepted: not filed", _OURS),
        Measure(
            "registered",
            "reported",
            "有立案时间数",
            "Registered",
            "of the filed: the time of filing is known",
            _OURS,
        ),
        Measure(
            *("filed_on_time", "reported", "按时立案数", "Filed in time"),
            *(
                "of the registered: filed within register_minutes of the report, as the profile has it",
                _PLATFORMS,
            ),
        ),
        Measure(
            "taken",
            "reported",
            "已接受数",
            "Accepted by a worker",
            "of the filed: a worker accepted the case",
            _PLATFORMS,
        ),
        Measure(
            *("repeated", "reported", "重复案卷数", "Repeated"),
            *("of the accepted: merged into another case of the same problem", _PLATFORMS),
        ),
        Measure(
            *("recurrence_known", "reported", "可判高频数", "Recurrence known"),
            *(
                "of the accepted: the number of earlier reports of the same category in the grid is known",
                _OURS,
            ),
        ),
        Measure(
            *("frequent", "reported", "高频案卷数", "High frequency"),
            "of these: at least the frequent_least-th report of its category in its grid within 30 days",
            _PLATFORMS,
        ),
        Measure("due", "due", "应结案数", "Due", "filed, and due to be handled in the period", _PLATFORMS),
        Measure(
            "deferred",
            "due",
            "缓办数",
            "Deferred",
            "of the due: deferred before it was overdue",
            _JINHUA,
        ),
        Measure(
            *("on_books", "due", "挂账数", "On the books"),
            *("of the due: put on the books by a supervisor before it was overdue", _OURS),
        ),
        Measure("closed", "due", "结案数", "Closed", "of the due: checked and closed", _PLATFORMS),
        Measure(
            *("force_closed", "due", "强制结案数", "Force-closed"),
            *("of the due: force-closed, so not counted as solved", _OURS),
        ),
        Measure(
            *("closed_on_time", "due", "按期结案数", "Closed on time"),
            *("of the closed: handled within the deadline", _JINHUA),
        ),
        Measure(
            *("overdue", "due", "超期未结数", "Overdue"),
            *("of the due: open, with a running clock and past its deadline", _PLATFORMS),
        ),
        Measure(
            "handled",
            "due",
            "处置数",
            "Handled",
            "of the due: feedback was submitted at least once",
            _PLATFORMS,
        ),
        Measure(
            *("handled_on_time", "due", "按期处置数", "Handled on time"),
            *("of the handled: feedback was submitted within the deadline", _PLATFORMS),
        ),
        Measure(
            "reworked",
            "due",
            "返工数",
            "Reworked",
            "of the handled: returned for rework at least once",
            _OURS,
        ),
        Measure("archived", "due", "归档数", "Archived", "of the due: closed or force-closed", _PLATFORMS),
        Measure(
            *("archived_on_time", "due", "按期归档数", "Archived on time"),
            *("of the archived: handled within the deadline and not force-closed before", _PLATFORMS),
        ),
        Measure(
            *("accurate", "due", "准确派遣数", "Accurately dispatched"),
            *("of the due: never returned or reassigned after it was accepted", _PLATFORMS),
        ),
        Measure(
            "timed", "due", "有处置时间数", "Timed", "of the handled: the time of handling is known", _OURS
        ),
        Measure("extended", "due", "延期数", "Extended", "of the due: an extension was granted", _FUZHOU),
    )
}

_TO_BE_CLOSED = Denominator("due", ("deferred", "on_books"))

RATES = {
    r.name: r
    for r in (
        Rate("filing_rate", "立案率", "Filing rate", "filed", Denominator("accepted"), True, _OURS),
        Rate(
            *("register_on_time_rate", "按时立案率", "On-time registration rate", "filed_on_time"),
            *(Denominator("registered"), True, _PLATFORMS),
        ),
        Rate(
            *("accurate_dispatch_rate", "准确派遣率", "Accurate dispatch rate", "accurate"),
            *(Denominator("due"), True, _PLATFORMS),
        ),
        Rate(
            "repeat_rate", "重复案卷率", "Repeat rate", "repeated", Denominator("accepted"), False, _PLATFORMS
        ),
        Rate("closure_rate", "结案率", "Closure rate", "closed", _TO_BE_CLOSED, True, _JINHUA),
        Rate("on_time_rate", "按期结案率", "On-time rate", "closed_on_time", _TO_BE_CLOSED, True, _JINHUA),
        Rate("disposal_rate", "处置率", "Disposal rate", "handled", _TO_BE_CLOSED, True, _PLATFORMS),
        Rate(
            *("disposal_on_time_rate", "按期处置率", "On-time disposal rate", "handled_on_time"),
            *(_TO_BE_CLOSED, True, _PLATFORMS),
        ),
        Rate("archive_rate", "归档率", "Archiving rate", "archived", _TO_BE_CLOSED, True, _PLATFORMS),
        Rate(
            *("archive_on_time_rate", "按期归档率", "On-time archiving rate", "archived_on_time"),
            *(_TO_BE_CLOSED, True, _PLATFORMS),
        ),
        Rate("rework_rate", "返工率", "Rework rate", "reworked", Denominator("handled"), False, _OURS),
        Rate("extension_rate", "延期率", "Extension rate", "extended", Denominator("due"), False, _FUZHOU),
        Rate(
            *("frequent_rate", "高频案卷率", "High-frequency rate", "frequent"),
            *(Denominator("recurrence_known"), False, _PLATFORMS),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Average:
    """The mean duration in seconds over the cases counted by measure `of`."""

    name: str
    zh: str
    en: str
    of: str
    means: str


AVERAGES = {
    a.name: a
    for a in (
        Average(
            "accept_seconds", "平均接受时长", "Time to accept", "taken", "from filing to the first acceptance"
        ),
        Average(
            "handle_seconds",
            "平均处置时长",
            "Time to handle",
            "timed",
            "from the report to the last feedback",
        ),
    )
}
