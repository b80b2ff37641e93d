"""The catalogue of figures on cases: measures (counts), rates and means.

Each measure, rate and flag has a base: the date of a case that decides in which period the case counts. The base is REPORTED
(the date of the report) or DUE (the deadline of the handling). A flag is a boolean column of a counted case.

To add a measure, add one entry to MEASURES: the statistics and the API document read this list. A profile may name a measure
in `figures.denominators`. docs/reference/figures.md, "How to add a measure", has an example.
"""

from dataclasses import dataclass

# What has to lie in the period: when a case was reported, or when the limit on handling it falls due.
REPORTED, DUE = "reported", "due"


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of counted cases, as numerator or denominator of a rate.

    Attributes:
        of: Name of the measure that counts the cases.
        less: Names of measures. Their cases are left out.
    """

    of: str
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean column of a counted case, which conditions of measures use by its name.

    NULL counts as false.

    Attributes:
        base: The date by which a case counts in a period: REPORTED (of the report) or DUE (the deadline of the handling).
        sql: SQL over the columns that `incident_history` records, with the binds `:register_minutes`, `:respond_minutes` and
            `:frequent_least` of the profile's evaluation. Empty: the counted case has a column with the name of the flag.
        needs: A column of these. The flag is false where the column is NULL, and is not computed there.
    """

    name: str
    base: str
    sql: str = ""
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: the number of cases with the `base` date in the period that meet `condition`.

    Attributes:
        base: The date by which a case counts in a period: REPORTED (of the report) or DUE (the deadline of the handling).
        condition: SQL condition on a counted case `f`. It can use the columns `status` and `outcome` (of the limit of the case;
            NULL for base REPORTED) and the flags of that base.
        is_released: The measure is in the rounded monthly releases. False for every measure that is added later: the tables
            of months that are already released lack it, and more measures would make the cells of a table smaller.
    """

    name: str
    base: str
    zh: str
    en: str
    means: str
    source: str
    condition: str
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: the number of cases of `numerator` divided by that of `denominator`.

    Attributes:
        is_good: True: a higher rate is better.
        unanswered: Of a rate of answers, the measure that counts the cases whose reporters were asked and did not answer.
    """

    name: str
    zh: str
    en: str
    numerator: Selection
    denominator: Selection
    is_good: bool
    source: str
    unanswered: str | None = None


@dataclass(frozen=True, slots=True)
class Average:
    """The mean duration in seconds over the cases counted by measure `of`.

    Attributes:
        duration: SQL of the interval, over the columns of a case that `incident_history` records.
    """

    name: str
    zh: str
    en: str
    of: str
    means: str
    duration: str


_PLATFORMS = "counts of evaluation in common platforms of digital city management"
_JINHUA = "Jinhua's rules of evaluation: deferred cases leave the denominator, and so do here cases on long-term hold"
_FUZHOU = "Fuzhou's quarterly figures of digital city management, with the share of extended cases"
_HOTLINE = "the three rates of 接诉即办 (12345 hotlines): response, solution, satisfaction; of several answers the worst counts"
_OURS = "this project"

FLAGS = {
    flag.name: flag
    for flag in (
        Flag("is_filed", REPORTED, "status not in ('collected', 'verifying', 'not_filed')"),
        Flag("is_registered", REPORTED, "filed_at is not null"),
        Flag(
            "is_filed_soon",
            REPORTED,
            "filed_at - reported_at <= make_interval(mins => :register_minutes)",
            needs="filed_at",
        ),
        Flag("is_taken", REPORTED, "accepted_at is not null"),
        Flag("is_merged", REPORTED),
        Flag("is_placed", REPORTED, "recurrence is not null", needs="recurrence"),
        Flag("is_frequent", REPORTED, "recurrence >= :frequent_least", needs="recurrence"),
        Flag("is_again", REPORTED, "recurrence >= 2", needs="recurrence"),
        Flag("is_followed", REPORTED, "reporter_answers is not null", needs="reporter_answers"),
        Flag(
            "is_responded",
            REPORTED,
            "cast(reporter_answers ->> 'reply_minutes' as int) <= :respond_minutes",
            needs="reporter_answers",
        ),
        Flag(
            "is_answered",
            REPORTED,
            "cast(reporter_answers ->> 'answers' as int) > 0",
            needs="reporter_answers",
        ),
        Flag("is_rated_solved", REPORTED, "reporter_answers ->> 'solved' = 'yes'", needs="reporter_answers"),
        Flag("is_rated_unsolved", REPORTED, "reporter_answers ->> 'solved' = 'no'", needs="reporter_answers"),
        Flag("is_scored", REPORTED, "reporter_answers ->> 'score' is not null", needs="reporter_answers"),
        Flag(
            "is_satisfied",
            REPORTED,
            "cast(reporter_answers ->> 'score' as int) >= 4",
            needs="reporter_answers",
        ),
        Flag("has_feedback", REPORTED, "is_handled"),
        Flag("was_reworked", REPORTED, "rework_count > 0"),
        Flag("is_late", DUE),
        Flag("is_handled", DUE),
        Flag("is_reworked", DUE, "rework_count > 0"),
        Flag("is_returned", DUE),
        Flag("is_timed", DUE, "handled_at is not null"),
        Flag("is_extended", DUE, "extended_count > 0"),
    )
}

_HAS_ENDED = "status in ('closed', 'force_closed', 'not_filed')"

# A table: names, then meaning and source, then condition.
# fmt: off
MEASURES = {
    measure.name: measure
    for measure in (
        Measure("accepted", REPORTED, "受理数", "Accepted",
                "reported in the period", _PLATFORMS,
                "true"),
        Measure("filed", REPORTED, "立案数", "Filed",
                "of the accepted: filed", _PLATFORMS,
                "is_filed"),
        Measure("not_filed", REPORTED, "不予立案数", "Not filed",
                "of the accepted: not filed", _OURS,
                "status = 'not_filed'", is_released=True),
        Measure("registered", REPORTED, "有立案时间数", "Registered",
                "of the filed: the time of filing is known", _OURS,
                "is_filed and is_registered"),
        Measure("filed_on_time", REPORTED, "按时立案数", "Filed in time",
                "of the registered: filed within register_minutes of the report, as the profile has it", _PLATFORMS,
                "is_filed and is_filed_soon"),
        Measure("taken", REPORTED, "已接受数", "Accepted by a worker",
                "of the filed: a worker accepted the case", _PLATFORMS,
                "is_filed and is_taken"),
        Measure("repeated", REPORTED, "重复案卷数", "Repeated",
                "of the accepted: merged into another case of the same problem", _PLATFORMS,
                "is_merged"),
        Measure("recurrence_known", REPORTED, "可判高频数", "Recurrence known",
                "of the accepted: the number of earlier reports of the same category in the grid is known", _OURS,
                "is_placed"),
        Measure("frequent", REPORTED, "高频案卷数", "High frequency",
                "of these: at least the frequent_least-th report of its category in its grid within 30 days", _PLATFORMS,
                "is_frequent"),
        # The loop of the accepted cases: each of these measures counts a part of the one before.
        Measure("dispatched", REPORTED, "已派遣数", "Dispatched",
                "of the filed: a worker or a unit has it or had it, or it was closed", _OURS,
                "is_filed and (is_taken or has_feedback or status in ('dispatched', 'accepted', 'handling',"
                " 'fed_back', 'checking', 'rework', 'closed'))"),
        Measure("fed_back", REPORTED, "已反馈数", "Feedback submitted",
                "of the dispatched: feedback was submitted at least once, or the case was closed", _OURS,
                "is_filed and has_feedback or status = 'closed'"),
        Measure("checked", REPORTED, "已核查数", "Checked",
                "of those with feedback: checked at least once, or closed without a check", _OURS,
                "is_filed and has_feedback and was_reworked or status = 'closed'"),
        Measure("solved", REPORTED, "受理结案数", "Solved",
                "of the checked: closed", _OURS,
                "status = 'closed'"),
        # What reporters said. A case counts as answered for its present end; a case that was reopened has to be asked again.
        Measure("reported_again", REPORTED, "重复诉求数", "Reported again",
                "of the accepted: merged into another case of the same problem, or not the first report of its category in"
                " its grid within 30 days", _HOTLINE,
                "is_merged or is_again"),
        Measure("followed", REPORTED, "可回访数", "With reporters who follow it",
                "of the accepted: a reporter or supporter has a secret link to the case", _OURS,
                "is_followed"),
        Measure("responded", REPORTED, "按时响应数", "Responded in time",
                "of the followed: a person replied to the reporters within respond_minutes of the report, as the profile has"
                " it", _HOTLINE,
                "is_followed and is_responded"),
        Measure("asked", REPORTED, "应评价数", "Asked for a rating",
                "of the followed: ended, so that its reporters can rate the end", _OURS,
                f"is_followed and {_HAS_ENDED}"),
        Measure("answered", REPORTED, "已评价数", "Rated",
                "of the asked: at least one reporter rated the end", _OURS,
                f"is_followed and {_HAS_ENDED} and is_answered"),
        Measure("unanswered", REPORTED, "未评价数", "Not rated",
                "of the asked: no reporter has rated the end", _OURS,
                f"is_followed and {_HAS_ENDED} and not is_answered"),
        Measure("rated_solved", REPORTED, "评价已解决数", "Rated as solved",
                "of the rated: each reporter who answered said that it is solved", _HOTLINE,
                f"is_followed and {_HAS_ENDED} and is_rated_solved"),
        Measure("rated_unsolved", REPORTED, "评价未解决数", "Rated as not solved",
                "of the rated: a reporter said that it is not solved", _HOTLINE,
                f"is_followed and {_HAS_ENDED} and is_rated_unsolved"),
        Measure("scored", REPORTED, "已打分数", "Scored",
                "of the rated: a reporter gave a score of 1 to 5", _OURS,
                f"is_followed and {_HAS_ENDED} and is_scored"),
        Measure("unscored", REPORTED, "未打分数", "Not scored",
                "of the asked: no reporter has given a score", _OURS,
                f"is_followed and {_HAS_ENDED} and not is_scored"),
        Measure("satisfied", REPORTED, "满意数", "Satisfied",
                "of the scored: the lowest score is 4 or 5", _HOTLINE,
                f"is_followed and {_HAS_ENDED} and is_satisfied"),
        Measure("due", DUE, "应结案数", "Due",
                "filed, and due to be handled in the period", _PLATFORMS,
                "true", is_released=True),
        # A case that was overdue when it was deferred or put on long-term hold stays overdue.
        Measure("deferred", DUE, "缓办数", "Deferred",
                "of the due: deferred before it was overdue", _JINHUA,
                "status = 'deferred' and outcome is distinct from 'overdue'", is_released=True),
        Measure("on_books", DUE, "挂账数", "On long-term hold",
                "of the due: put on long-term hold by a supervisor before it was overdue", _OURS,
                "status = 'on_books' and outcome is distinct from 'overdue'", is_released=True),
        Measure("closed", DUE, "结案数", "Closed",
                "of the due: checked and closed", _PLATFORMS,
                "status = 'closed'", is_released=True),
        Measure("force_closed", DUE, "强制结案数", "Force-closed",
                "of the due: force-closed, so not counted as solved", _OURS,
                "status = 'force_closed'", is_released=True),
        Measure("closed_on_time", DUE, "按期结案数", "Closed on time",
                "of the closed: handled within the deadline", _JINHUA,
                "status = 'closed' and outcome = 'met'", is_released=True),
        Measure("overdue", DUE, "超期未结数", "Overdue",
                "of the due: open, with a running clock and past its deadline", _PLATFORMS,
                "is_late", is_released=True),
        Measure("handled", DUE, "处置数", "Handled",
                "of the due: feedback was submitted at least once", _PLATFORMS,
                "is_handled", is_released=True),
        Measure("handled_on_time", DUE, "按期处置数", "Handled on time",
                "of the handled: feedback was submitted within the deadline", _PLATFORMS,
                "is_handled and outcome = 'met'", is_released=True),
        Measure("reworked", DUE, "返工数", "Reworked",
                "of the handled: returned for rework at least once", _OURS,
                "is_handled and is_reworked", is_released=True),
        Measure("archived", DUE, "归档数", "Archived",
                "of the due: closed or force-closed", _PLATFORMS,
                "status in ('closed', 'force_closed')", is_released=True),
        # Earlier versions stored `met` for a case that was force-closed before any feedback.
        Measure("archived_on_time", DUE, "按期归档数", "Archived on time",
                "of the archived: handled within the deadline and not force-closed before", _PLATFORMS,
                "(status = 'closed' or status = 'force_closed' and is_handled) and outcome = 'met'", is_released=True),
        Measure("accurate", DUE, "准确派遣数", "Accurately dispatched",
                "of the due: never returned or reassigned after it was accepted", _PLATFORMS,
                "not is_returned", is_released=True),
        Measure("timed", DUE, "有处置时间数", "Timed",
                "of the handled: the time of handling is known", _OURS,
                "is_handled and is_timed"),
        Measure("extended", DUE, "延期数", "Extended",
                "of the due: an extension was granted", _FUZHOU,
                "is_extended"),
    )
}
# fmt: on

_ACCEPTED, _DUE = Selection("accepted"), Selection("due")
_TO_BE_CLOSED = Selection("due", ("deferred", "on_books"))

# A table: names, then numerator, denominator, direction and source.
# fmt: off
RATES = {
    rate.name: rate
    for rate in (
        Rate("filing_rate", "立案率", "Filing rate",
             Selection("filed"), _ACCEPTED, is_good=True, source=_OURS),
        Rate("register_on_time_rate", "按时立案率", "On-time registration rate",
             Selection("filed_on_time"), Selection("registered"), is_good=True, source=_PLATFORMS),
        Rate("accurate_dispatch_rate", "准确派遣率", "Accurate dispatch rate",
             Selection("accurate"), _DUE, is_good=True, source=_PLATFORMS),
        Rate("repeat_rate", "重复案卷率", "Repeat rate",
             Selection("repeated"), _ACCEPTED, is_good=False, source=_PLATFORMS),
        Rate("closure_rate", "结案率", "Closure rate",
             Selection("closed"), _TO_BE_CLOSED, is_good=True, source=_JINHUA),
        Rate("on_time_rate", "按期结案率", "On-time rate",
             Selection("closed_on_time"), _TO_BE_CLOSED, is_good=True, source=_JINHUA),
        Rate("disposal_rate", "处置率", "Disposal rate",
             Selection("handled"), _TO_BE_CLOSED, is_good=True, source=_PLATFORMS),
        Rate("disposal_on_time_rate", "按期处置率", "On-time disposal rate",
             Selection("handled_on_time"), _TO_BE_CLOSED, is_good=True, source=_PLATFORMS),
        Rate("archive_rate", "归档率", "Archiving rate",
             Selection("archived"), _TO_BE_CLOSED, is_good=True, source=_PLATFORMS),
        Rate("archive_on_time_rate", "按期归档率", "On-time archiving rate",
             Selection("archived_on_time"), _TO_BE_CLOSED, is_good=True, source=_PLATFORMS),
        Rate("rework_rate", "返工率", "Rework rate",
             Selection("reworked"), Selection("handled"), is_good=False, source=_OURS),
        Rate("extension_rate", "延期率", "Extension rate",
             Selection("extended"), _DUE, is_good=False, source=_FUZHOU),
        Rate("frequent_rate", "高频案卷率", "High-frequency rate",
             Selection("frequent"), Selection("recurrence_known"), is_good=False, source=_PLATFORMS),
        Rate("repeat_report_rate", "重复诉求率", "Repeat report rate",
             Selection("reported_again"), _ACCEPTED, is_good=False, source=_HOTLINE),
        Rate("response_rate", "响应率", "Response rate",
             Selection("responded"), Selection("followed"), is_good=True, source=_HOTLINE),
        Rate("answer_rate", "评价率", "Rating rate",
             Selection("answered"), Selection("asked"), is_good=True, source=_OURS, unanswered="unanswered"),
        Rate("solution_rate", "解决率", "Solution rate",
             Selection("rated_solved"), Selection("answered"), is_good=True, source=_HOTLINE, unanswered="unanswered"),
        Rate("satisfaction_rate", "满意率", "Satisfaction rate",
             Selection("satisfied"), Selection("scored"), is_good=True, source=_HOTLINE, unanswered="unscored"),
    )
}
# fmt: on

AVERAGES = {
    average.name: average
    for average in (
        Average(
            *("accept_seconds", "平均接受时长", "Time to accept", "taken"),
            "from filing to the first acceptance",
            "greatest(accepted_at - coalesce(filed_at, reported_at), interval '0')",
        ),
        Average(
            *("handle_seconds", "平均处置时长", "Time to handle", "timed"),
            "from the report to the last feedback",
            "greatest(handled_at - reported_at, interval '0')",
        ),
    )
}


def measures_of(base: str) -> tuple[str, ...]:
    """Return the names of the measures that count cases by the date `base`: REPORTED or DUE."""
    return tuple(name for name, measure in MEASURES.items() if measure.base == base)


def flags_of(base: str) -> tuple[str, ...]:
    """Return the names of the flags that measures with this base (REPORTED or DUE) may use."""
    return tuple(name for name, flag in FLAGS.items() if flag.base == base)


def base_of(rate: Rate) -> str:
    """Return the base of a rate (REPORTED or DUE), which its numerator and denominator share."""
    return MEASURES[rate.numerator.of].base
