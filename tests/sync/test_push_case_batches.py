"""Reports and starts that are pushed together have the same outcome as those pushed one by one."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.core import db
from app.core.ids import uuid7
from tests.factories import make_city
from tests.sync.push_client import PushClient, codes

_CASES = """
  select i.status, i.category, i.recurrence, i.waiting_reason, i.version, i.place, i.reported_at < now() is_past,
    g.code grid, u.name owner, r.words, r.category category_said, r.source, p.kind reporter,
    (select array_agg(array[a.role, a.state, a.reason, (a.worker_id = i.reported_by)::text] order by a.created_at)
     from assignment a where a.incident_id = i.id) assignments,
    (select count(*) from offer o where o.incident_id = i.id) offers,
    (select array_agg(array[d.outcome, d.reason, d.round::text,
      jsonb_path_query_array(d.candidates, '$[*].open_work')::text] order by d.at)
     from dispatch_run d where d.incident_id = i.id) runs,
    (select array_agg(array[e.action, e.from_status, e.to_status, e.actor_kind] order by e.seq)
     from incident_event e where e.incident_id = i.id) events,
    (select array_agg(array[d.stage, d.unit, d.amount::text, (d.warn_at is null)::text] order by d.stage)
     from deadline d where d.incident_id = i.id) deadlines,
    (select array_agg(array[e.action, e.actor_kind, e.detail::text] order by e.id)
     from audit_event e where e.entity_id = i.id) audited,
    (select array_agg(array[split_part(c.bucket, ':', 1), c.op] order by split_part(c.bucket, ':', 1), c.op)
     from change_log c where c.entity = 'incident' and c.row_id = i.id) changes,
    (select count(*) from incident_history h where h.incident_id = i.id) history,
    (select count(*) from jobs.procrastinate_jobs j where j.args ->> 'incident_id' = i.id::text) jobs,
    (select a.result from applied_op a where a.key = i.id::text and a.route = 'incidents')
      - 'incident_id' applied
  from incident i join report r on r.id = i.id join reporter p on p.id = r.reporter_id
  left join area_version g on g.area_id = i.grid_id and upper_inf(g.valid) left join unit u on u.id = i.owner_unit_id
  where i.id = cast(:id as uuid)
"""


@contextmanager
def recorded():
    """Collect the statements that the writing engine sends."""
    statements = []

    def note(_c, _cursor, statement, *_):
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def _without_code(city, value):
    """Return a stored value as text without the code of the city, which is in the codes of its areas."""
    return repr(value).replace(city.code, "")


def _reports(city, phone):
    """Own cases, and between them one of another grid, one outside all grids, and an unknown category."""
    places = ["g1", "g1", "g3", "g1", "g2", "g1", "g1", "g1"]
    ops = [phone.report(city.in_grid(name)) for name in places]
    ops[1]["patch"]["category"] = "E0203"
    ops[3]["patch"]["category"] = "no such thing"
    ops[5]["patch"] |= {"reporter": {"anonymous": False, "name": "陈女士", "phone": "13800000000"}}
    return [*ops, phone.report(city.in_no_grid()), phone.report(city.in_grid("g1"))]


def test_batched_reports_equal_reports_pushed_one_by_one(app, settings, rows):
    stored, results = [], []
    for is_batch in (True, False):
        city = make_city(app, settings)
        phone = PushClient(city.worker("g1", capacity=100))
        city.worker("g2"), city.worker("g3")
        ops = _reports(city, phone)
        pushed = phone.push(*ops) if is_batch else [phone.push(op)[0] for op in ops]
        results.append([(result["status"], result["code"], result["warnings"]) for result in pushed])
        stored.append([_without_code(city, rows(_CASES, id=op["id"])[0]) for op in ops])
        stored[-1].append(
            rows("select open_work from worker_load where worker_id = :id", id=phone.person.id)[0].open_work
        )
    assert results[0] == results[1]
    for together, apart in zip(*stored, strict=True):
        assert together == apart


def test_batched_report_is_rejected_alone_when_its_id_is_used(city, phone, rows):
    other = PushClient(city.worker("g1"))
    taken = other.report(city.in_grid("g1"))
    assert codes(other.push(taken)) == ["applied"]
    ops = [phone.report(city.in_grid("g1")) for _ in range(9)]
    ops[4]["id"] = taken["id"]
    wanted = ["applied"] * 9
    wanted[4] = "rejected:id_reused"
    assert codes(phone.push(*ops)) == wanted
    assert set(codes(phone.push(*ops))) == {"duplicate", "rejected:id_reused"}
    count = "select count(*) n from incident where reported_by = :id"
    assert rows(count, id=phone.person.id)[0].n == 8


def test_batched_report_is_duplicate_when_request_stored_it_before(city, phone):
    ops = [phone.report(city.in_grid("g1")) for _ in range(3)]
    sent = phone.person.post("/incidents", {"id": ops[1]["id"]} | ops[1]["patch"])
    assert sent.status_code == 201, sent.json
    assert codes(phone.push(*ops)) == ["applied", "duplicate", "applied"]


def test_number_of_statements_does_not_grow_with_own_reports(city, phone):
    counts = []
    for number in (4, 4, 40):
        ops = [phone.report(city.in_grid("g1")) for _ in range(number)]
        with recorded() as statements:
            assert codes(phone.push(*ops)) == ["applied"] * number
        counts.append(len(statements))
    assert counts[1] == counts[2] <= 12, counts


_STARTED = """
  select i.status, i.version, i.updated_at = e.occurred_at is_now, i.review_at, e.action, e.from_status, e.to_status, e.note,
    e.detail - 'received_at' detail, e.detail ? 'received_at' is_late,
    (select array_agg(array[a.action, a.detail::text] order by a.id) from audit_event a where a.entity_id = i.id) audited,
    (select array_agg(array[split_part(c.bucket, ':', 1), c.op] order by split_part(c.bucket, ':', 1), c.op)
     from change_log c where c.entity = 'incident' and c.row_id = i.id) changes,
    (select count(*) from incident_history h where h.incident_id = i.id) history
  from incident i join incident_event e on e.incident_id = i.id and e.action = 'start' where i.id = cast(:id as uuid)
"""


def _accepted(city, phone, number):
    ops = [phone.report(city.in_grid("g1")) for _ in range(number)]
    assert codes(phone.push(*ops)) == ["applied"] * number
    return [op["id"] for op in ops]


def _start(phone, case_id, **fields):
    return phone.op("incident", "transition", case_id, patch={"action": "start", **fields})


def test_batched_starts_equal_starts_pushed_one_by_one(city, phone, rows):
    together, apart = _accepted(city, phone, 6), _accepted(city, phone, 6)

    def ops(ids):
        made = [_start(phone, case_id) for case_id in ids]
        made[2]["patch"]["fix"] = {**city.in_grid("g1"), "accuracy_m": 9, "at": phone.now().isoformat()}
        return made

    at_once, by_itself = phone.push(*ops(together)), [phone.push(op)[0] for op in ops(apart)]
    outcomes = [
        [(result["status"], result["code"], result["version"]) for result in each]
        for each in (at_once, by_itself)
    ]
    assert outcomes[0] == outcomes[1] and {status for status, *_ in outcomes[0]} == {"applied"}
    for batched_id, single_id in zip(together, apart, strict=True):
        assert [row[:] for row in rows(_STARTED, id=batched_id)] == [
            row[:] for row in rows(_STARTED, id=single_id)
        ]


def test_batched_start_is_rejected_alone_when_not_allowed(city, phone):
    ids = _accepted(city, phone, 8)
    foreign = PushClient(city.worker("g3"))
    ids[3] = _accepted_by(foreign, city)
    ids[5] = str(uuid7())
    assert codes(phone.push(_start(phone, ids[6]))) == ["applied"]
    results = phone.push(*[_start(phone, case_id) for case_id in ids])
    wanted = ["applied"] * 8
    wanted[3] = wanted[5] = "rejected:not_found"
    wanted[6] = "rejected:transition_illegal"
    assert codes(results) == wanted


def _accepted_by(phone, city):
    op = phone.report(city.in_grid("g3"))
    assert codes(phone.push(op)) == ["applied"]
    return op["id"]


@pytest.mark.parametrize("action", ["start"])
def test_number_of_statements_does_not_grow_with_starts(city, phone, action):
    counts = []
    for number in (4, 4, 40):
        ids = _accepted(city, phone, number)
        with recorded() as statements:
            pushed = phone.push(*[_start(phone, case_id) for case_id in ids])
        assert codes(pushed) == ["applied"] * number
        counts.append(len(statements))
    assert counts[1] == counts[2] <= 20, counts
