"""A proposal that is confirmed, changed and runs out at once: one offer comes of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.errors import DomainError
from app.incidents import jobs
from tests.dispatch.acts import publish
from tests.live.races import overload, report_at_once

CASES_EACH = 16


@pytest.mark.deep
def test_concurrent_confirm_change_and_expiry_make_one_offer(city, server, owner):
    publish(city, propose={"categories": ["E0102"], "minutes": 5})
    first, second = city.worker("g1", capacity=40), city.worker("g1", capacity=40)
    supervisor, reporter = city.supervisor(), city.worker("g3", on_duty=False)
    cases = [
        case["id"]
        for case in report_at_once(server, reporter, city.in_grid("g1"), reports=CASES_EACH, threads=4)
    ]
    token = supervisor.sign_in()["access_token"]
    change = {"action": "reassign", "worker_id": str(second.id), "note": "熟悉"}
    acts = [{"action": "confirm"}, {"action": "confirm"}, change, None, None]
    start = threading.Barrier(len(acts))

    def act(body):
        client = server.client(timeout=30)
        start.wait()
        for case in cases:
            if body is None:
                try:
                    jobs.run_case(UUID(case), clock.now() + timedelta(minutes=5, seconds=1))
                except DomainError as error:
                    print(error.code)
                continue
            path = f"/api/v1/incidents/{case}/transitions"
            answer = client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in (200, 409), answer.data
        client.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(act, acts))
    live = owner.execute(
        "select incident_id, count(*) from assignment where incident_id = any(%s::uuid[]) and state = 'offered' group by 1",
        [cases],
    ).fetchall()
    assert len(live) == CASES_EACH and {n for _, n in live} == {1}
    offered = owner.execute(
        "select incident_id, count(*) from incident_event where incident_id = any(%s::uuid[]) "
        "and action in ('confirm', 'dispatch') group by 1 having count(*) > 1",
        [cases],
    ).fetchall()
    assert offered == [] and overload(owner, city) == []
    assert {first.id, second.id} >= {
        row[0]
        for row in owner.execute(
            "select worker_id from offer where incident_id = any(%s::uuid[])", [cases]
        ).fetchall()
    }
