"""Rounded figures for analysts: released once, and no difference of answers reveals a count."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.statistics import service as statistics
from app.statistics.rules.rounding import BASE, possible
from tests.sample_sizes import examples
from tests.statistics.incident_rows import make_cases

MONTHS = [date(2021, month, 1) for month in (1, 2, 3)]
CLASSES = {"E0102": "event", "E0501": "event", "0101": "component", "E0690": "event"}
CONFIDENTIAL = "E0690"

cases = st.fixed_dictionaries(
    {
        "many": st.integers(1, 7),
        "category": st.sampled_from(list(CLASSES)),
        "status": st.sampled_from(
            ["handling", "returned", "deferred", "on_books", "closed", "force_closed", "not_filed"]
        ),
        "outcome": st.sampled_from([None, "met", "overdue"]),
        "month": st.sampled_from(MONTHS),
        "place": st.sampled_from(["d", "g1", "g3"]),
        "handled": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def app(app_alone):
    return app_alone


def insert_cases(city, some):
    make_cases(
        [
            {key: case[key] for key in ("many", "category", "status", "outcome", "handled")}
            | {"reported_at": f"{case['month']}T10:00:00Z", "area": city.areas[case["place"]]}
            | {"due_at": f"{case['month']}T15:00:00Z" if case["status"] != "not_filed" else None}
            for case in some
        ]
    )


def release_months(city, months=MONTHS, now=None):
    now = now or clock.now()
    with db.transaction(SYSTEM) as session:
        return [statistics.release(session, city.jurisdiction_id, month, now) for month in months]


def read_rounded(person, query):
    answer = person.get(f"/figures/rounded?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def counts_in(value):
    """Yield every count of an answer."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in ("count", "previous", "year_before") and isinstance(part, int):
                yield part
            elif key not in ("definitions", "rates", "rounded_to"):
                yield from counts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from counts_in(part)


def possible_queries(city, at):
    """Return the queries of all periods, groupings, filters and instants."""
    area = f"&area_id={city.areas['s']}"
    instants = [
        "",
        *(
            f"&as_of={instant.isoformat().replace('+00:00', 'Z')}"
            for instant in (at, at - timedelta(seconds=1))
        ),
    ]
    for first, last in ((a, b) for a in MONTHS for b in MONTHS if a <= b):
        for grouping in ("", "month", "class", "category", "area:district", "area:street"):
            for narrowed in ("", area, "&class=event", "&category=0101"):
                for instant in instants:
                    grouped = f"&group_by={grouping}" if grouping else ""
                    yield f"from={first:%Y-%m}&to={last:%Y-%m}{grouped}{narrowed}{instant}"


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(st.lists(cases, min_size=1, max_size=8), st.data())
def test_rounded_figures_reveal_no_count_by_subtraction(new_city, some, data):
    city = new_city()
    insert_cases(city, some)
    at = clock.now()
    assert release_months(city, now=at) == [True] * 3
    analyst = city.person(Role.ANALYST, area="d")
    queries = data.draw(
        st.lists(st.sampled_from(list(possible_queries(city, at))), min_size=8, max_size=16, unique=True)
    )
    answers = {query: read_rounded(analyst, query) for query in queries}
    counts = {query: list(counts_in(answer)) for query, answer in answers.items()}
    assert all(count % BASE == 0 for values in counts.values() for count in values)
    for pair, other in combinations(counts.values(), 2):
        assert all((a - b) % BASE == 0 for a, b in zip(pair, other, strict=False))
    # An attacker knows at most the stored cells: each leaves several counts possible, the true one included.
    with db.read_session() as session:
        rows = session.execute(
            text(
                """select r.month, c.scope_path::text path, c.category, c.counts_as, c.told
                   from figure_cell c join figure_release r on r.id = c.release_id where r.jurisdiction_id = :id"""
            ),
            {"id": city.jurisdiction_id},
        ).all()
    cells_released = {(row.month, row.path, row.category, tuple(row.counts_as)): row.told for row in rows}
    for query, answer in answers.items():
        if "group_by" in query or "&" in query.split("&to=")[1] or not answer["period"]["is_told"]:
            continue
        first, last = (date.fromisoformat(f"{part.split('=')[1]}-01") for part in query.split("&")[:2])
        summed = sum(
            n
            for (month, _, _, names), n in cells_released.items()
            if first <= month <= last and "due" in names
        )
        assert answer["measures"]["due"]["count"] == summed
    truth = Counter()
    assert CONFIDENTIAL not in {category for _, _, category, _ in cells_released}
    for case in some:
        if case["status"] != "not_filed" and case["category"] != CONFIDENTIAL:
            truth[case["month"], case["category"]] += case["many"]
    for (month, category), count in truth.items():
        cells = [
            n
            for (m, _, c, names), n in cells_released.items()
            if (m, c) == (month, category) and "due" in names
        ]
        assert all(len(possible(n)) >= BASE for n in cells)
        least = sum(possible(n).start for n in cells)
        assert least <= count
    # A later case changes no answer, at whatever instant.
    insert_cases(city, [some[0] | {"many": 1}])
    assert {query: read_rounded(analyst, query) for query in queries} == answers
    assert release_months(city) == [False] * 3


@pytest.fixture
def city_to_release(city):
    insert_cases(
        city,
        [
            {
                **{"many": 40, "category": "E0102", "status": "closed", "outcome": "met", "handled": True},
                **{"month": MONTHS[1], "place": "g1"},
            },
            {
                **{"many": 2, "category": "0101", "status": "handling", "outcome": None, "handled": False},
                **{"month": MONTHS[2], "place": "g1"},
            },
        ],
    )
    return city


def test_rounded_figures_are_released_once_for_each_month(city_to_release):
    analyst = city_to_release.person(Role.ANALYST, area="d")
    before = read_rounded(analyst, "from=2021-02&to=2021-02")
    assert (before["measures"]["due"]["count"], before["period"]["is_told"]) == (None, False)
    assert release_months(city_to_release, MONTHS[1:2]) == [True]
    answer = read_rounded(analyst, "from=2021-02&to=2021-02&group_by=area:street")
    assert (answer["measures"]["due"]["count"], answer["rates"]["closure_rate"]["value"]) == (40, 1)
    assert answer["measures"]["due"]["previous"] is None
    assert [group["measures"]["closed"]["count"] for group in answer["groups"]] == [40]
    assert "members" not in str(answer) and "tail" not in answer
    # A period with a month that is not released, and an instant before the release.
    assert read_rounded(analyst, "from=2021-02&to=2021-03")["measures"]["due"]["count"] is None
    early = (clock.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert read_rounded(analyst, f"from=2021-02&to=2021-02&as_of={early}")["measures"]["due"]["count"] is None
    assert release_months(city_to_release, MONTHS[1:2]) == [False]


def test_rounded_figure_follows_its_random_draw(city_to_release):
    with db.transaction(SYSTEM) as session:
        up = statistics.release(
            session, city_to_release.jurisdiction_id, MONTHS[2], clock.now(), draw=lambda _: 1
        )
    assert up
    # Two cases are rounded up with two of five draws.
    query = "from=2021-03&to=2021-03"
    assert (
        read_rounded(city_to_release.person(Role.ANALYST, area="d"), query)["measures"]["due"]["count"] == 5
    )


def test_rounded_figures_exclude_confidential_and_personal_cases(city):
    case = {
        "many": 50,
        "status": "handling",
        "outcome": None,
        "handled": False,
        "month": MONTHS[1],
        "place": "g1",
    }
    insert_cases(city, [case | {"category": "E0102"}])
    with db.transaction(SYSTEM) as session:
        about = "update incident set about_kind = 'worker', about_id = gen_random_uuid() where jurisdiction_id = :id"
        session.execute(text(about), {"id": city.jurisdiction_id})
    release_months(city, MONTHS[1:2])
    assert (
        read_rounded(city.person(Role.ANALYST, area="d"), "from=2021-02&to=2021-02")["measures"]["due"][
            "count"
        ]
        == 0
    )


def test_analyst_reads_only_rounded_figures_of_own_area(city_to_release, new_city):
    release_months(city_to_release, MONTHS)
    query = "from=2021-02&to=2021-02"
    assert (
        read_rounded(city_to_release.person(Role.ANALYST, area="s"), query)["measures"]["due"]["count"] == 40
    )
    # Nothing is released of communities, so all numbers would be 0.
    away = city_to_release.person(Role.ANALYST, area="c2")
    refused = away.get(f"/figures/rounded?{query}")
    assert (refused.status_code, refused.json["code"]) == (403, "areas_too_small")
    assert away.get(f"/figures/rounded?{query}&area_id={city_to_release.areas['s']}").status_code == 403
    analyst = city_to_release.person(Role.ANALYST, area="d")
    assert analyst.get(f"/figures/rounded?{query}&area_id={city_to_release.areas['g1']}").status_code == 422
    assert analyst.get(f"/figures/rounded?{query}&jurisdiction={new_city().code}").status_code == 403
    for path in ("/figures?from=2021-02-01&to=2021-02-28", "/incidents", "/households", "/supervision/board"):
        assert analyst.get(path).status_code == 403, path


def test_release_job_releases_due_months(city_to_release):
    from app.statistics import jobs as statistics

    statistics.release_due_months(clock.now())
    with db.read_session() as session:
        sql = "select month from figure_release where jurisdiction_id = :id order by 1"
        months = list(session.scalars(text(sql), {"id": city_to_release.jurisdiction_id}))
    assert months[:2] == MONTHS[1:]
