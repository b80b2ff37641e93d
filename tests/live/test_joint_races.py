"""Joint parts at once, over real connections: one live part for each unit, and one who has it."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.integrity.queries.counter_invariants import COUNTER_INVARIANTS
from app.integrity.queries.invariants import CASE_INVARIANTS
from tests.live.races import report_at_once

CASES_EACH = 24


@pytest.mark.deep
def test_concurrent_part_actions_leave_one_part_per_unit(city, server, owner):
    """336 calls: both units' members accept, two supervisors add, one withdraws, of each case at once."""
    supervisor, unit = city.supervisor(), str(city.units["cleaning"])
    reporter, place = city.worker("g1", on_duty=False), city.in_grid("g1")
    cases = [
        case["id"]
        for case in report_at_once(server, reporter, place, reports=CASES_EACH, threads=4, category="0102")
    ]
    part_ids: dict[str, str] = {}
    for case in cases[::2]:  # half of them have the part already
        body = {"action": "add_unit", "unit_id": unit, "note": "水"}
        assert supervisor.post(f"/incidents/{case}/transitions", body).status_code == 200
        part_ids[case] = supervisor.get(f"/incidents/{case}").json["parts"][1]["assignment_id"]
    accepting = [{"action": "accept_part"}] * 6
    adding = [{"action": "add_unit", "unit_id": unit, "note": "水"}] * 2
    people = [city.handler("cleaning") for _ in accepting] + [supervisor, supervisor]
    people += [city.handler("roads"), city.handler("roads"), city.handler("roads")]
    acts = [*accepting, *adding, *[{"action": "accept"}] * 3]
    people += [supervisor, people[0], people[1]]
    acts += [{"action": "withdraw_unit", "unit_id": unit, "note": "不需要"}]
    acts += [{"action": "part_done", "note": "好"}] * 2
    tokens = {id(person): person.sign_in()["access_token"] for person in people}
    start = threading.Barrier(len(acts))

    def act(number: int) -> Counter[str]:
        client, outcomes = server.client(timeout=30), Counter[str]()
        headers = {"Authorization": f"Bearer {tokens[id(people[number])]}"}
        start.wait()
        for case in cases:
            path, body = f"/api/v1/incidents/{case}/transitions", acts[number]
            if number < len(accepting) and case in part_ids:
                path, body = f"/api/v1/assignments/{part_ids[case]}/accept", {}
            answer = client.post(path, json=body, headers=headers)
            assert answer.status_code in (200, 404, 409), answer.data
            outcomes[f"{acts[number]['action']} {answer.status_code}"] += 1
        client.close()
        return outcomes

    with ThreadPoolExecutor(len(acts)) as pool:
        outcomes = sum(pool.map(act, range(len(acts))), Counter[str]())
    print(dict(outcomes))
    assert outcomes["accept 200"] == CASES_EACH and outcomes["accept_part 200"] > CASES_EACH / 4
    mine = {"ids": cases}
    taken = owner.execute(
        "select detail ->> 'assignment_id', count(*) from incident_event where incident_id = any(%(ids)s::uuid[]) "
        "and action in ('accept_part', 'accept') group by 1 having count(*) > 1",
        mine,
    ).fetchall()
    assert taken == []
    told_of = owner.execute(
        "select count(*) from incident_event where incident_id = any(%(ids)s::uuid[]) and action = 'accept_part'",
        mine,
    ).fetchone()[0]
    assert told_of == outcomes["accept_part 200"]
    for invariant in (*CASE_INVARIANTS, *COUNTER_INVARIANTS):
        if ":" not in invariant.sql.replace("::", ""):
            broken = {str(row[0]) for row in owner.execute(invariant.sql.replace("%", "%%"), []).fetchall()}
            assert not broken & set(cases), invariant.name
