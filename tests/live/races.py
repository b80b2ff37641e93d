"""Many callers at once, and what must then be true."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.errors import DomainError
from app.core.ids import uuid7
from app.incidents import jobs
from tests.factories import City, Person
from tests.live.processes import Server

# Nobody's phone has fetched anything here: what runs out has not reached it.
_EVENTS = {"accepted": "accept", "declined": "decline", "undelivered": "expire"}


def report_at_once(
    server: Server,
    reporter: Person,
    place: dict[str, float],
    *,
    reports: int,
    threads: int,
    category: str = "E0102",
) -> list[dict[str, Any]]:
    """The answers to that many reports of one place, sent by that many threads at once."""
    token = reporter.sign_in()["access_token"]
    start = threading.Barrier(threads)

    def send(number: int) -> list[dict[str, Any]]:
        client = server.client(timeout=30)
        start.wait()
        got = []
        for _ in range(number, reports, threads):
            body = {"id": str(uuid7()), "category": category, **place}
            answer = client.post("/api/v1/incidents", json=body, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 201, answer.data
            got.append(answer.json)
        client.close()
        return got

    with ThreadPoolExecutor(threads) as pool:
        answers = [a for got in pool.map(send, range(threads)) for a in got]
    assert len(answers) == reports
    return answers


def standing(owner: Any, worker: Person) -> int:
    """How many live attempts stand with a worker, counted from the attempts."""
    sql = "select count(*) from assignment where worker_id = %s and state in ('offered', 'accepted')"
    return int(owner.execute(sql, [worker.id]).fetchone()[0])


def overload(owner: Any, city: City) -> list[Any]:
    """Workers with more than they can carry, or whose load is not the number of their live attempts."""
    sql = """
      select w.id, l.open_work, w.capacity, count(a.id) from worker w join worker_load l on l.worker_id = w.id
      left join assignment a on a.worker_id = w.id and a.state in ('offered', 'accepted')
      where w.id in (select worker_id from responsibility where area_id = any(%s))
      group by w.id, l.open_work, w.capacity
      having l.open_work > w.capacity or count(a.id) <> l.open_work
    """
    return list(owner.execute(sql, [list(city.areas.values())]).fetchall())


def answer_at_once(
    server: Server, city: City, owner: Any, *, threads: int, answers: int, life_ms: int
) -> Counter[str]:
    """Accepts, declines and expiries of one offer, all at once while it runs out: at most one of them counts.

    Returns how the offer ended and what the callers were told.
    """
    worker = city.worker("g2", capacity=1)
    token = worker.sign_in()["access_token"]
    place = city.in_grid("g2")
    [case] = report_at_once(server, city.supervisor(), place, reports=1, threads=1)
    assert case["assignment"]["worker"]["id"] == str(worker.id)
    path = f"/api/v1/assignments/{case['assignment']['id']}"
    owner.execute(
        "update offer set expires_at = clock_timestamp() + %s * interval '1 ms' where incident_id = %s",
        [life_ms, case["id"]],
    )
    start = threading.Barrier(threads)

    def act(number: int) -> list[str]:
        client = server.client(timeout=30)
        client.get("/livez")
        start.wait()
        got = []
        for n in range(number, answers, threads):
            kind = ("accept", "decline", "expire")[n % 3]
            if kind == "expire":
                try:
                    jobs.run_case(UUID(case["id"]), clock.now())
                except DomainError as error:
                    got.append(f"expire {error.code}")
                continue
            body = {"reason": "too far"} if kind == "decline" else {}
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.post(f"{path}/{kind}", json=body, headers=headers)
            # 404: the offer has gone to somebody else.
            assert answer.status_code in (200, 404, 409), answer.data
            got.append(f"{kind} {answer.status_code}")
        client.close()
        return got

    with ThreadPoolExecutor(threads) as pool:
        outcomes = Counter(t for got in pool.map(act, range(threads)) for t in got)
    [(offer,)] = owner.execute(
        "select state from offer where assignment_id = %s", [case["assignment"]["id"]]
    ).fetchall()
    events = Counter(
        row[0]
        for row in owner.execute(
            "select action from incident_event where incident_id = %s and detail ->> 'assignment_id' = %s "
            "and action in ('accept', 'decline') union all "
            "select action from incident_event where incident_id = %s and action = 'expire' "
            "and detail ->> 'worker_id' = %s",
            [case["id"], case["assignment"]["id"], case["id"], str(worker.id)],
        )
    )
    if offer == "offered":  # nobody came in time, and no expiry ran after it: allowed, and rare
        assert not events
    else:
        assert dict(events) == {_EVENTS[offer]: 1}
    # Accepting again is the same as accepting once; declining is not.
    if offer == "declined":
        assert outcomes["decline 200"] == 1
    if offer != "accepted":
        assert outcomes["accept 200"] == 0, outcomes
    if offer != "declined":
        assert outcomes["decline 200"] == 0, outcomes
    assert overload(owner, city) == []
    # The worker leaves, so that the next race has a worker of its own.
    owner.execute("update duty set deleted_at = clock_timestamp() where worker_id = %s", [worker.id])
    return Counter([offer]) + outcomes
