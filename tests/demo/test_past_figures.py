"""What the past of the demo answers: figures, evaluation, past states and signals, as a supervisor asks over HTTP."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.signals.rules.signals import KINDS
from tests.demo.conftest import Ask
from tests.nonempty import nonempty

# Cases are archived from closing; a deferral or a long-term hold ends, so that an old month has none.
NOT_IN_EACH_MONTH = {"deferred", "on_books", "force_closed"}


def area_of(ask: Ask) -> str:
    area_id: str = ask("me")["areas"][0]["id"]
    return area_id


def months_back(count: int) -> str:
    """Return a month before the present one, such as 2026-10."""
    first = datetime.now(ZoneInfo("Asia/Shanghai")).date().replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
    return f"{first:%Y-%m}"


def test_every_measure_rate_and_average_of_the_evaluation_has_cases(supervisor):
    months = [supervisor("evaluation", month=months_back(n), area_id=area_of(supervisor)) for n in (0, 1, 2)]
    names = set(months[1]["measures"])
    empty = {name for name in names if not any(month["measures"][name][0] for month in months)}
    # A long-term hold pauses the deadline, so that the case is due in no past month.
    assert empty <= {"on_books"}
    assert supervisor("incidents", status="on_books", limit=5)["items"]
    last = months[1]
    assert {name for name in names if not last["measures"][name][0]} <= NOT_IN_EACH_MONTH
    assert {name for name, values in nonempty(last["rates"].items()) if values[0] is None} == set()
    assert all(values[0] for values in nonempty(last["averages"].values()))
    # The month before is there to compare with.
    assert last["measures"]["accepted"][1] > 100
    assert last["stands_out"] and last["hours"]["counts"]


def test_visits_and_patrols_of_the_last_month_are_counted(supervisor):
    last = supervisor("evaluation", month=months_back(1), area_id=area_of(supervisor))["kept"]
    assert last["period"]["is_kept"]
    counts = {name: measure["count"] for name, measure in last["measures"].items()}
    assert {name for name, count in counts.items() if not count} == set()
    assert all(rate["value"] is not None for rate in nonempty(last["rates"].values()))
    assert 0.2 < last["rates"]["patrol_coverage"]["value"] < 0.98


def test_past_states_can_be_asked_for_any_week(supervisor):
    today = datetime.now(UTC)
    counted = []
    for days in (80, 50, 20, 5):
        at = today - timedelta(days=days)
        figures = supervisor(
            "figures",
            **{"from": str((at - timedelta(days=14)).date()), "to": str(at.date()), "as_of": at.isoformat()},
            area_id=area_of(supervisor),
        )
        counted.append(str(figures))
    assert len(set(counted)) == len(counted)


def test_each_kind_of_signal_is_shown(supervisor):
    kinds = {kind for kind in KINDS if supervisor("supervision/signals", kind=kind, limit=5)["items"]}
    assert kinds == set(KINDS)


def test_most_grids_have_somebody_on_each_working_day(supervisor):
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    monday = day - timedelta(days=day.weekday())
    since = datetime.combine(monday, datetime.min.time(), ZoneInfo("Asia/Shanghai")) + timedelta(hours=9)
    page = supervisor(
        "shifts/roster",
        hours="08:00-18:00",
        since=since.isoformat(),
        until=(since + timedelta(hours=8)).isoformat(),
        limit=100,
    )
    gaps = [grid for grid in nonempty(page["items"]) if grid["gaps"]]
    assert len(gaps) < 0.4 * len(page["items"])
