"""Board: each figure links to exactly the cases it counted, and each breakdown contains every case."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app.core import clock
from app.core.actor import Role
from tests.answers import all_items
from tests.factories import in_days
from tests.sample_sizes import drawn_share

STATUSES = {
    "filed",
    "dispatched",
    "accepted",
    "handling",
    "fed_back",
    "checking",
    "returned",
    "deferred",
    "rework",
}


def list_case_ids(person, figure):
    """Return the ids of the members of a figure, read page by page."""
    parts = urlsplit(figure["members"])
    assert parts.path == "/api/v1/incidents"
    cases = [case["id"] for case in all_items(person, f"/incidents?{parts.query}&limit=3")]
    assert len(cases) == len(set(cases))
    return set(cases)


def figures_in(value, path=""):
    """Yield every `{count, members}` of an answer with its path."""
    if isinstance(value, dict) and set(value) == {"count", "members"}:
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from figures_in(part, f"{path}.{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from figures_in(part, f"{path}[{number}]")


@pytest.fixture
def busy(city, report, accept, step):
    """Report cases of many kinds. Return their ids by kind."""
    first = city.worker("g1", name="甲", capacity=20)
    city.worker("g2", name="乙", capacity=20)
    reporter, supervisor = city.worker("g3", name="丙", capacity=20), city.supervisor("d")
    made = {
        "accepted": report(reporter, city.in_grid("g1")),
        "handling": report(reporter, city.in_grid("g1")),
        "on_the_spot": report(reporter, city.in_grid("g1")),
        "checking": report(reporter, city.in_grid("g1")),
        "deferred": report(reporter, city.in_grid("g1")),
        "returned": report(reporter, city.in_grid("g1")),
        "urgent": report(reporter, city.in_grid("g2"), category="E0501"),
        "queued": report(reporter, city.in_grid("g2"), category="0101"),
        "own": report(reporter, city.in_grid("g3")),
        "nowhere": report(reporter, city.in_no_grid()),
        "conduct": report(
            reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(first.id)}
        ),
        "closed": report(reporter, city.in_grid("g1")),
    }
    for kind in ("on_the_spot", "accepted", "handling", "checking", "deferred", "returned"):
        assert accept(first, made[kind]).status_code == 200
    there = f"/assignments/{made['on_the_spot']['assignment']['id']}/transitions"
    assert first.post(there, {"action": "on_scene"}).status_code == 200
    assert step(first, made["handling"], "start").status_code == 200
    assert step(first, made["checking"], "feed_back", note="done").status_code == 200
    assert step(first, made["returned"], "return", note="not ours").status_code == 200
    assert (
        step(supervisor, made["deferred"], "defer", until=in_days(9), note="a part is missing").status_code
        == 200
    )
    assert step(supervisor, made["closed"], "force_close", note="twice").status_code == 200
    return {kind: case["id"] for kind, case in made.items()}


def _open(busy, *but):
    return {case for kind, case in busy.items() if kind not in ("closed", *but)}


@pytest.mark.wide
@pytest.mark.parametrize(
    "within", drawn_share([None, "d", "s", "c1", "g1"], one_in=3, name="areas of a board")
)
def test_board_figure_links_to_exactly_its_cases(city, busy, within):
    supervisor = city.supervisor("d")
    query = f"?area_id={city.areas[within]}" if within else ""
    later = clock.now() + timedelta(days=400)
    for instant in (clock.now(), later):
        with clock.at(instant):
            supervisor.token = None
            board = supervisor.get(f"/supervision/board{query}").json
            seen = {
                path: (figure["count"], list_case_ids(supervisor, figure))
                for path, figure in figures_in(board)
            }
        assert seen
        assert {path: count for path, (count, _) in seen.items()} == {
            path: len(ids) for path, (_, ids) in seen.items()
        }
        everything = seen[".open"][1]
        for breakdown in ("by_status", "by_area", "by_unit"):
            groups = [
                ids
                for path, (_, ids) in seen.items()
                if path.startswith(f".{breakdown}[") and ".open" in path
            ]
            if breakdown == "by_area" and within == "g1":
                continue  # a grid has no parts
            assert set().union(*groups) == everything
            assert sum(map(len, groups)) == len(everything), breakdown


def test_board_counts_open_cases_by_status_and_waiting_reason(city, busy):
    supervisor = city.supervisor("d")
    board = supervisor.get("/supervision/board").json
    assert list_case_ids(supervisor, board["open"]) == _open(busy)
    assert {group["status"] for group in board["by_status"]} <= STATUSES
    reasons = {
        group["reason"]: list_case_ids(supervisor, group["open"]) for group in board["by_waiting_reason"]
    }
    assert reasons == {
        "no_grid": {busy["nowhere"]},
        "conduct": {busy["conduct"]},
        "returned": {busy["returned"]},
    }
    assert all(group["sentence"]["zh"] and group["sentence"]["en"] for group in board["by_waiting_reason"])
    assert list_case_ids(supervisor, board["waiting"]) == set().union(*reasons.values())
    attempts = {group["state"]: list_case_ids(supervisor, group["open"]) for group in board["by_attempt"]}
    assert attempts["accepted"] >= {busy["accepted"], busy["handling"]}
    assert (attempts["queued"], attempts["on_scene"]) == ({busy["queued"]}, {busy["on_the_spot"]})
    assert board["overdue"]["count"] == 0
    assert board["worst"] == {"areas": [], "units": []}


def test_board_counts_overdue_cases_whose_deadline_runs(city, busy):
    supervisor = city.supervisor("d")
    with clock.at(clock.now() + timedelta(days=400)):
        supervisor.token = None
        board = supervisor.get(f"/supervision/board?area_id={city.areas['s']}").json
        assert list_case_ids(supervisor, board["overdue"]) == _open(busy, "deferred", "checking")
        worst = board["worst"]["areas"]
        assert [group["area"]["id"] if group["area"] else None for group in worst][:1] == [
            str(city.areas["c2"])
        ]
        assert worst[0]["overdue_share"] == 1
        shares = [group["overdue_share"] for group in worst]
        assert shares == sorted(shares, reverse=True)
        assert board["worst"]["units"]
        for group in (*worst, *board["worst"]["units"]):
            ratio = len(list_case_ids(supervisor, group["overdue"])) / len(
                list_case_ids(supervisor, group["open"])
            )
            assert group["overdue_share"] == pytest.approx(ratio, abs=1e-4)


def test_board_counts_priority_one_as_urgent(city, busy, rows):
    supervisor = city.supervisor("d")
    urgent = {
        str(r[0])
        for r in rows("select id from incident where id = any(:ids) and priority = 1", ids=list(_open(busy)))
    }
    assert list_case_ids(supervisor, supervisor.get("/supervision/board").json["urgent"]) == urgent


def test_board_excludes_case_about_the_reader(city, report):
    from app.core import db
    from app.core.actor import SYSTEM
    from app.workforce import service as workforce

    boss = city.supervisor("d")
    with db.transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=boss.id, name="boss", capacity=1)
    reporter = city.worker("g3")
    case = report(
        reporter, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(boss.id)}
    )
    seen = report(reporter, city.in_no_grid())
    board = boss.get("/supervision/board").json
    assert board["open"]["count"] == 1
    assert list_case_ids(boss, board["open"]) == {seen["id"]}
    assert [item["incident"]["id"] for item in boss.get("/supervision/queue").json["items"]] == [seen["id"]]
    # Peers do not count it either: they could derive from the difference that there is one. Supervisors above do.
    assert city.supervisor("d").get("/supervision/board").json["open"]["count"] == 1
    above = city.person(Role.SUPERVISOR)
    counted = above.get(f"/supervision/board?area_id={city.areas['d']}").json
    assert counted["open"]["count"] == 2
    assert case["id"] in list_case_ids(above, counted["open"])


def test_board_counts_only_directed_cases_when_more_are_visible(city, report):
    """A supervisor of one community reports a case in the other: visible to the reporter, but not directed by them."""
    supervisor = city.supervisor("c1")
    elsewhere = report(supervisor, city.in_grid("g3"))
    incident = report(city.worker("g3"), city.in_grid("g2"))
    board = supervisor.get("/supervision/board").json
    assert board["area"]["id"] == str(city.areas["c1"])
    assert list_case_ids(supervisor, board["open"]) == {incident["id"]}
    assert supervisor.get(f"/incidents/{elsewhere['id']}").status_code == 200


def test_board_and_queue_return_403_for_other_and_404_for_unknown_area(city):
    supervisor = city.supervisor("c1")
    for path in ("board", "queue"):
        foreign = supervisor.get(f"/supervision/{path}?area_id={city.areas['c2']}")
        assert (foreign.status_code, foreign.json["code"]) == (403, "outside_own_areas")
        unknown = supervisor.get(f"/supervision/{path}?area_id=01890000-0000-7000-8000-000000000000")
        assert unknown.status_code == 404


def test_board_lists_several_areas_of_supervisor(city, report):
    from app.accounts import service as accounts
    from app.core import db
    from app.core.actor import SYSTEM

    supervisor = city.supervisor("c1")
    with db.transaction(SYSTEM) as session:
        for area in ("g3", "g1"):  # g1 lies in c1 and adds nothing
            accounts.add_grant(
                session,
                SYSTEM,
                account_id=supervisor.id,
                role=Role.SUPERVISOR,
                area_id=city.areas[area],
                unit_id=None,
            )
    reporter = city.worker("g2", on_duty=False)
    for grid in ("g1", "g2", "g3"):
        report(reporter, city.in_grid(grid))
    report(supervisor, city.in_grid("g4"))  # visible to the supervisor, not directed by them
    board = supervisor.get("/supervision/board").json
    assert board["area"] is None
    counts = {group["area"]["id"]: group["open"]["count"] for group in board["by_area"]}
    assert counts == {str(city.areas["c1"]): 2, str(city.areas["g3"]): 1}
    assert board["open"]["count"] == 3
    for _, figure in figures_in(board):
        assert len(list_case_ids(supervisor, figure)) == figure["count"]


@pytest.mark.parametrize("path", ["board", "queue", "workers"])
@pytest.mark.parametrize("role", [Role.WORKER, Role.GRID_CHIEF, Role.HANDLER, Role.GIS])
def test_supervision_views_return_403_without_directing_role(city, path, role):
    person = city.person(role, unit="roads") if role is Role.HANDLER else city.person(role, area="c1")
    answer = person.get(f"/supervision/{path}")
    assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")
