"""Detectors of signals, one function for each kind of signal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.geodesic import degrees_around
from app.core.wording import listed
from app.households.rules.register_names import CARE_NAMES, HOUSEHOLD_NAMES
from app.profiles.rules.profile import Profile
from app.signals.queries import detectors as queries
from app.signals.rules.probabilities import accepted_by_fdr, binomial_or_fewer, rise_probability
from app.signals.rules.signals import DetectedSignal
from app.signals.rules.text_clusters import ReportText, text_clusters, words_in_common, words_of
from app.signals.service.space_time import scan_reports

P = ParamSpec("P")
T = TypeVar("T")
NOBODY = {"zh": "无责任单位", "en": "no unit"}


@dataclass(frozen=True, slots=True)
class DetectionRun:
    """The input of the detectors in one run for one jurisdiction.

    Attributes:
        reading: Opens a session for one statement with a long timeout.
        lat: Latitude of the jurisdiction in degrees.
        seed: Seed of the random permutations.
    """

    reading: Callable[[], AbstractContextManager[Session]]
    jurisdiction_id: UUID
    profile: Profile
    lat: float
    now: datetime
    seed: int

    def read(self, query: Callable[Concatenate[Session, UUID, P], T], *args: P.args, **binds: P.kwargs) -> T:
        """Run a query in its own session, close the session, and return the result."""
        with self.reading() as session:
            return query(session, self.jurisdiction_id, *args, **binds)

    @property
    def today(self) -> date:
        """Return the local date of the run."""
        return self.now.astimezone(self.profile.calendar.zone).date()

    def midnight(self, days_ago: int) -> datetime:
        """Return the instant at which the local day `days_ago` days before today began."""
        return datetime.combine(
            self.today - timedelta(days=days_ago), time(), tzinfo=self.profile.calendar.zone
        )


def unanswered(run: DetectionRun) -> list[DetectedSignal]:
    """Detect units that have many open cases without progress for days in one community."""
    rules = run.profile.signals
    before = run.now - timedelta(days=rules.unanswered_days)
    rows = run.read(queries.unanswered, before=before)
    return [
        DetectedSignal(
            "unanswered",
            f"{row['area_id']} {row['unit_id']}",
            row["ids"],
            len(row["ids"]),
            rules.unanswered_days,
            row["since"],
            run.now,
            area_id=row["area_id"],
            subject={"unit_id": row["unit_id"], **(row["name"] or NOBODY)},
        )
        for row in rows
        if len(row["ids"]) >= rules.unanswered_least
    ]


def bouncing(run: DetectionRun) -> list[DetectedSignal]:
    """Detect categories whose cases are often moved between units, in each community."""
    rules = run.profile.signals
    rows = run.read(queries.bouncing, moves=rules.bouncing_returns)
    return [
        DetectedSignal(
            "bouncing",
            f"{row['area_id']} {row['category']}",
            row["ids"],
            len(row["ids"]),
            rules.bouncing_returns,
            row["since"],
            run.now,
            area_id=row["area_id"],
            subject=_category(run.profile, row["category"]) | _between(row["units"]),
        )
        for row in rows
        if len(row["ids"]) >= rules.bouncing_least
    ]


def _between(units: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the units between which cases were moved, as part of a signal's subject.

    The names are also returned as texts in brackets, in Chinese and English.
    """
    zh, en = (listed([unit[language] for unit in units], language) for language in ("zh", "en"))
    return {"units": units} | _in_brackets(zh, en)


def _in_brackets(zh: str, en: str) -> dict[str, str]:
    """Return a text in brackets for a signal's sentence, in Chinese and English."""
    return {"beside_zh": f"（{zh}）", "beside_en": f" ({en})"}


def visits_missed(run: DetectionRun) -> list[DetectedSignal]:
    """Detect grids with many overdue visits."""
    rules = run.profile.signals
    by = run.today - timedelta(days=rules.visits_days)
    rows = run.read(queries.visits_missed, by=by, least=rules.visits_least)
    return [
        DetectedSignal(
            "visits_missed",
            str(row["area_id"]),
            row["ids"],
            len(row["ids"]),
            rules.visits_days,
            datetime.combine(row["since"], time(), tzinfo=run.profile.calendar.zone),
            run.now,
            area_id=row["area_id"],
        )
        for row in rows
    ]


def rising(run: DetectionRun) -> list[DetectedSignal]:
    """Detect categories with significantly more reports in a grid than before.

    The last whole days are compared with the whole days before them. Days before the first report of the jurisdiction are
    not used.
    """
    rules = run.profile.signals
    since, until = run.midnight(rules.rising_days), run.midnight(0)
    past = run.midnight(rules.rising_days + rules.rising_past_days)
    rows = run.read(queries.report_counts, past=past, since=since, until=until, least=rules.rising_least)
    judged = []
    for row in rows:
        days = (since - max(past, row["first"])) / timedelta(days=1)
        if days < rules.rising_days:
            continue  # too short a past to compare with
        p = rise_probability(len(row["ids"]), row["past"], rules.rising_days, days)
        judged.append((row, row["past"] / days * rules.rising_days, p))
    # All pairs of grid and category were tested, not only those with enough reports for a signal.
    cell_count = rows[0]["cells"] if rows else 0
    is_significant = accepted_by_fdr([p for _, _, p in judged], rules.rising_p_most, of=cell_count)
    return [
        DetectedSignal(
            "rising",
            f"{row['area_id']} {row['category']}",
            row["ids"],
            len(row["ids"]),
            round(expected, 2),
            since,
            until,
            area_id=row["area_id"],
            p=p,
            subject=_category(run.profile, row["category"]),
        )
        for (row, expected, p), is_kept in zip(judged, is_significant, strict=True)
        if is_kept
    ]


def clusters(run: DetectionRun) -> list[DetectedSignal]:
    """Detect places with unexpectedly many reports within a few days.

    Whole days before today are scanned. The scan counts reports; the members of a signal are the cases of these reports.
    """
    rules = run.profile.signals
    rows = run.read(
        queries.reported,
        since=run.midnight(rules.cluster_days),
        until=run.midnight(0),
        zone=run.profile.timezone,
    )
    last_day = run.today - timedelta(days=1)
    hotspots = scan_reports(rows, lat=run.lat, last_day=last_day, rules=rules, seed=run.seed)
    return [
        DetectedSignal(
            "cluster",
            f"{run.today} {round(hotspot.x_m)} {round(hotspot.y_m)}",
            list(dict.fromkeys(rows[n]["id"] for n in hotspot.members)),
            len(hotspot.members),
            round(hotspot.expected, 2),
            run.midnight(hotspot.days),
            run.midnight(0),
            p=hotspot.p,
            subject={"radius_m": hotspot.radius_m, "days": hotspot.days},
        )
        for hotspot in hotspots
    ]


def unclassified(run: DetectionRun) -> list[DetectedSignal]:
    """Detect unclassified cases that lie near each other and have similar words."""
    rules = run.profile.signals
    since = run.now - timedelta(days=rules.unclassified_days)
    rows = run.read(queries.unclassified, since=since)
    reported_at_by_id = {row["id"]: row["reported_at"] for row in rows}
    reports = [ReportText(row["id"], row["lon"], row["lat"], frozenset(row["pairs"])) for row in rows]
    groups = text_clusters(
        reports,
        similarity=rules.unclassified_alike,
        radius_m=rules.unclassified_radius_m,
        least=rules.unclassified_least,
    )
    vocabulary = words_of(
        name
        for category in run.profile.taxonomy.categories.values()
        for name in (category.name.zh, category.class_name.zh)
    )
    return [
        DetectedSignal(
            "unclassified",
            str(min(report.id for report in group)),
            sorted(report.id for report in group),
            len(group),
            None,
            min(reported_at_by_id[report.id] for report in group),
            max(reported_at_by_id[report.id] for report in group),
            subject=_common_words(group, vocabulary),
        )
        for group in groups
    ]


def _common_words(group: list[ReportText], vocabulary: frozenset[str]) -> dict[str, Any]:
    """Return the words that reports of a group have in common, as the subject of a signal.

    Without such words the subject is a dash.
    """
    words = words_in_common(group, vocabulary)
    if not words:
        return {"words": words, "zh": "—", "en": "—"}
    zh, en = listed(words, "zh"), listed(words, "en")
    return {"words": words, "zh": zh, "en": en} | _in_brackets(zh, en)


def unheard(run: DetectionRun) -> list[DetectedSignal]:
    """Detect groups of households with significantly fewer reports than expected.

    The expected number is the number of reports of the community times the share of the group in its households.
    """
    rules = run.profile.signals
    since = run.midnight(rules.unheard_days)
    rows = run.read(
        queries.reports_by_group,
        since=since,
        today=run.today,
        reach_m=rules.unheard_reach_m,
        reach=degrees_around(run.lat, rules.unheard_reach_m),
        least=rules.unheard_households,
    )
    judged = [
        (row, binomial_or_fewer(round(row["reports"]), int(row["of_reports"]), _share(row))) for row in rows
    ]
    is_significant = accepted_by_fdr([p for _, p in judged], rules.unheard_p_most) if judged else []
    return [
        DetectedSignal(
            "unheard",
            f"{row['area_id']} {row['sort']} {row['value']}",
            [row["area_id"]],
            round(float(row["reports"]), 1),
            round(int(row["of_reports"]) * _share(row), 1),
            since,
            run.now,
            area_id=row["area_id"],
            p=p,
            subject={row["sort"]: row["value"]} | _group_name(row["value"]),
        )
        for (row, p), is_kept in zip(judged, is_significant, strict=True)
        if is_kept
    ]


def _group_name(kind: str) -> dict[str, str]:
    """Return the name of a kind of dwelling or of a care tag in both languages."""
    english, chinese = (CARE_NAMES | HOUSEHOLD_NAMES).get(kind, (kind, kind))
    return {"en": english, "zh": chinese}


def _share(row: Any) -> float:
    """Return the number of households of a group divided by that of its community, 0 to 1."""
    return float(row["households"]) / float(row["of_households"])


def _category(profile: Profile, code: str) -> dict[str, Any]:
    """Return the code and names of a category, as the subject of a signal."""
    category = profile.taxonomy.categories.get(code)
    names = {"zh": category.name.zh, "en": category.name.en} if category else {"zh": code, "en": code}
    return {"category": code} | names


DETECTORS: dict[str, Callable[[DetectionRun], list[DetectedSignal]]] = {
    "cluster": clusters,
    "unanswered": unanswered,
    "bouncing": bouncing,
    "visits_missed": visits_missed,
    "rising": rising,
    "unclassified": unclassified,
    "unheard": unheard,
}
