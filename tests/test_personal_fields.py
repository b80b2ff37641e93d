"""No answer, file or log shows an unmasked personal value: every operation, every role, a mark in each personal column.

The marks are put in by triggers of a database made for this, so that rows which a builder or the operation itself makes
carry them too. Who may read which value plainly is the table MARKS; whatever else shows one is a leak.
"""

import io
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.cli import main
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.exchange import service as exchange
from app.exchange.rules.exports import FORMATS
from app.incidents import service as incidents
from app.incidents.cases.rules.list_order import SORTS
from app.incidents.models import Incident
from app.ogc.rules.collections import COLLECTIONS
from tests.endpoints import ENDPOINTS, NEED_A_CITY, ROLES, Request, World, flat
from tests.live.databases import own_database
from tests.live.processes import app_on, set_aside
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share, one_of
from tests.test_catalogue import PERSONAL, TABLES
from tests.test_permissions import BUILDERS, TABLE

FIELD_ROLES = {"worker", "grid_chief", "handler", "supervisor", "admin"}


@dataclass(frozen=True)
class Mark:
    """`value` is what is stored; `trace` the part of it that no mask may let through."""

    value: str
    trace: str
    may_see: Callable[[str, str], bool]  # (role, operation)


def _never(role: str, operation: str) -> bool:
    return False


def _in(*operations: str) -> Callable[[str, str], bool]:
    return lambda role, operation: operation in operations


def _colleagues(role: str, operation: str) -> bool:
    """Who works cases knows the workers by name; who only looks does not."""
    return role in FIELD_ROLES


def _myself_or_staff(role: str, operation: str) -> bool:
    path = operation.partition(" ")[2]
    return (
        role in FIELD_ROLES
        or path.startswith(("/me", "/auth/", "/accounts"))
        or path in ("/sync", "/sync/dead-letters")
    )


def _door_to_door(role: str, operation: str) -> bool:
    """Who goes to people's doors has to find them; who only looks at maps sees where, and no address."""
    return role in FIELD_ROLES - {"handler"}


def _with_residents(role: str, operation: str) -> bool:
    """What is written down about a home is for those who go there or answer for them."""
    return role in FIELD_ROLES - {"handler"}


OF_REPORTERS = ("POST /incidents/{incident_id}/reporter", "POST /incidents/{incident_id}/reporter/export")
OF_RESIDENTS = ("POST /residents/{resident_id}/reveal", "POST /residents/{resident_id}/export")
# One worker's telephone, for the people who lead the worker, and for whoever is told of the worker's call for help.
OF_WORKERS = (
    *("POST /workers", "GET /workers/{worker_id}", "PATCH /workers/{worker_id}"),
    *(
        "GET /sos",
        "POST /sos",
        "GET /sos/{sos_id}",
        "POST /sos/{sos_id}/acknowledge",
        "POST /sos/{sos_id}/close",
    ),
)
MARKS: dict[str, Mark] = {
    "account.name": Mark("Qaccountname", "accountname", _myself_or_staff),
    "follow_contact.address": Mark("qfollowcontact@mail.example", "qfollowcontact", _in(OF_REPORTERS[1])),
    "message.address": Mark("qmessageaddress@mail.example", "qmessageaddress", _never),
    "incoming_sms.phone": Mark("13644445555", "44445555", _never),
    "premises.address": Mark("Qstreet 12, premisesaddress", "premisesaddress", _door_to_door),
    "premises.compound": Mark("Qcompound 1, compoundmark", "compoundmark", _door_to_door),
    # Of homes: those of shops and institutions stand over the door.
    "premises.name": Mark("Qpremisesname", "premisesname", _with_residents),
    "household.label": Mark("Qhouseholdlabel", "householdlabel", _with_residents),
    "premises.room": Mark("Qroom 501 roommark", "roommark", _door_to_door),
    "reporter.name": Mark("Qreportername", "reportername", _in(*OF_REPORTERS)),
    "reporter.phone": Mark("13877771111", "77771111", _in(*OF_REPORTERS)),
    "reporter.email": Mark("q@reporteremail.example", "reporteremail", _in(*OF_REPORTERS)),
    "resident.name": Mark("Qresidentname", "residentname", _in(*OF_RESIDENTS)),
    "resident.phone": Mark("13933332222", "33332222", _in(*OF_RESIDENTS)),
    "resident.email": Mark("qresidentemail@mail.example", "qresidentemail", _in(*OF_RESIDENTS)),
    "resident.registered_at": Mark("Qplace 9 registeredat", "registeredat", _in(*OF_RESIDENTS)),
    "visit.note": Mark("Qnote of a visit, visitnote", "visitnote", _with_residents),
    "unit.contact": Mark(
        "Qunitcontact 0571-87772222", "unitcontact", lambda role, operation: role in FIELD_ROLES
    ),
    "worker.name": Mark("Qworkername", "workername", _colleagues),
    "worker.phone": Mark("13755556666", "55556666", _in(*OF_WORKERS)),
}
# Where each value does show.
SEEN = {
    "account.name": ("GET /accounts", "supervisor"),
    "premises.address": ("GET /households", "worker"),
    "premises.compound": ("GET /premises", "worker"),
    "premises.room": ("GET /premises", "worker"),
    "premises.name": ("GET /premises", "worker"),
    "household.label": ("GET /households", "worker"),
    "resident.registered_at": ("POST /residents/{resident_id}/reveal", "worker"),
    "visit.note": ("GET /households/{household_id}/visits", "worker"),
    "reporter.name": ("POST /incidents/{incident_id}/reporter", "supervisor"),
    "reporter.phone": ("POST /incidents/{incident_id}/reporter", "supervisor"),
    "reporter.email": ("POST /incidents/{incident_id}/reporter", "supervisor"),
    "resident.name": ("POST /residents/{resident_id}/reveal", "worker"),
    "resident.email": ("POST /residents/{resident_id}/reveal", "worker"),
    "resident.phone": ("POST /residents/{resident_id}/reveal", "worker"),
    "unit.contact": ("GET /units", "worker"),
    "worker.name": ("GET /workers", "supervisor"),
    "worker.phone": ("PATCH /workers/{worker_id}", "supervisor"),
}
# Nobody reads these in full: the outbox sends to them. The export of a reporter has the first: tests/messages/test_news.py.
MASKED_ALWAYS = {"follow_contact.address", "incoming_sms.phone", "message.address"}
# Personal columns that carry no mark, and why.
UNMARKED = {
    "account.username": "what people sign in with; accounts' own doors and the planners' sheets of shifts name it",
    "session.address": "of the network; told to the owner of the session alone",
    "sign_in_attempt.address": "of the network, and in no answer",
    "sign_in_attempt.username": "in no answer",
}

TRIGGER = """
  create or replace function mark_personal() returns trigger language plpgsql as $$
  begin
    for n in 0 .. tg_nargs / 2 - 1 loop
      if to_jsonb(new) ->> tg_argv[2 * n] <> '' then
        new := jsonb_populate_record(new, jsonb_build_object(tg_argv[2 * n], tg_argv[2 * n + 1]));
      end if;
    end loop;
    return new;
  end $$
"""


class Lines(logging.Handler):
    """Everything that any logger says."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(self.format(record))


@pytest.fixture(scope="module")
def world(app: Any, settings: Any) -> Iterator[World]:
    # The ordinary app first: made while this one is connected, it would be set aside with it.
    with own_database(settings.database_url) as url:
        owner = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
        with owner.begin() as connection:
            connection.execute(text(TRIGGER))
            for table in sorted({column.partition(".")[0] for column in MARKS}):
                pairs = ", ".join(
                    f"'{column.partition('.')[2]}', '{mark.value}'"
                    for column, mark in MARKS.items()
                    if column.startswith(f"{table}.")
                )
                connection.execute(
                    text(
                        f"create trigger a_mark before insert or update on {table} for each row "
                        f"execute function mark_personal({pairs})"
                    )
                )
        owner.dispose()
        own = replace(settings, database_url=url)
        with app_on(own) as marked:
            world = World(marked, own)
            world.people = people(world)
            yield world


def people(world: World) -> str:
    """Make the home city one with people in it; returns the id of a case that many had to do with."""
    city = world.home
    supervisor, worker = world.person("supervisor", city), world.person("worker", city)
    for unit in city.units.values():
        answer = supervisor.call("PATCH", f"/units/{unit}", {"contact": "set"}, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
    report_body = {
        "category": "E0102",
        "description": "垃圾",
        "reporter": {"name": "set", "phone": "13800000000"},
    }
    case = supervisor.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1"), **report_body}).json
    with db.transaction(SYSTEM) as session:
        incidents.store_email(session, report_id=case["id"], email="set@mail.example")
    taken = {"action": "reassign", "worker_id": str(worker.id), "note": "please"}
    for who, path, body in (
        (supervisor, f"/incidents/{case['id']}/transitions", taken),
        (worker, "/assignments/{assignment}/accept", {}),
    ):
        current = supervisor.get(f"/incidents/{case['id']}").json
        path = path.format(assignment=(current["assignment"] or {}).get("id"))
        answer = who.post(path, body)
        assert answer.status_code == 200, answer.text
    incident_id: str = case["id"]
    return incident_id


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handler, level = Lines(), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def prepared(world: World, operation: str, role: str) -> tuple[Request, Any]:
    """A call that can succeed, and who makes it."""
    city = world.city() if BUILDERS[operation] in NEED_A_CITY else world.home
    request = ENDPOINTS[BUILDERS[operation]](world, role, city, True)
    return request, request.actor or world.person(role, city)


UUID = re.compile(r"/[0-9a-f-]{36}")


def paths_with_persons(world: World, operation: str, request: Request) -> list[str]:
    """The path of the call, and the same one about the case that many had to do with."""
    if operation.startswith("GET /incidents/{incident_id}") or operation.endswith("/reporter"):
        return [request.path, UUID.sub(f"/{world.people}", request.path, count=1)]
    return [request.path]


def body_and_headers(answer: Any) -> str:
    return f"{answer.status_code} {answer.headers}\n{answer.get_data().decode(errors='replace')}"


def leaks(role: str, operation: str, text: str) -> set[str]:
    return {
        column for column, mark in MARKS.items() if mark.trace in text and not mark.may_see(role, operation)
    }


def test_every_personal_column_has_mark_or_documented_reason(rows):
    columns = {
        f"{table.name}.{column}" for table in rows(TABLES) for column in table.texts if column in PERSONAL
    }
    assert columns <= MARKS.keys() | UNMARKED.keys()
    assert not MARKS.keys() & UNMARKED.keys()


@pytest.mark.wide
@pytest.mark.parametrize("operation", drawn_share(TABLE, one_in=3, name="masked answers"))
def test_answers_and_logs_show_no_masked_value(world, lines, operation):
    leaked = []
    refused: Request | None = None  # to roles that may never: the same call for all of them
    for role in ROLES:
        if refused and TABLE[operation][role] == "403":
            request, actor = refused, world.person(role, world.home)
        else:
            request, actor = prepared(world, operation, role)
        lines.messages.clear()
        for path in paths_with_persons(world, operation, request):
            answer = actor.call(operation.split()[0], path, headers=dict(request.headers), **request.body)
            leaked += [(role, column) for column in sorted(leaks(role, operation, body_and_headers(answer)))]
            if path == request.path:
                expected = TABLE[operation][role].partition("/")[0]
                assert (answer.status_code < 300) == (expected in ("ok", "shown", "hidden")), answer.text
                if TABLE[operation][role] == "403" and request.actor is None:
                    refused = request
        logged = "\n".join(lines.messages)
        leaked += [("log", column) for column, mark in MARKS.items() if mark.trace in logged]
    assert leaked == []


@pytest.mark.parametrize("column", [column for column in MARKS if column not in MASKED_ALWAYS])
def test_personal_value_is_readable_with_permission(world, column):
    """Without this the walk could pass because there was nothing to find."""
    mark = MARKS[column]
    operation, role = SEEN[column]
    assert mark.may_see(role, operation)
    request, actor = prepared(world, operation, role)
    path = paths_with_persons(world, operation, request)[-1]
    answer = actor.call(operation.split()[0], path, headers=dict(request.headers), **request.body)
    assert mark.value in answer.text


SENT = "Zqwhatshetyped"


def typed(value: Any) -> Any:
    """Return the same body with other words in each text field."""
    if isinstance(value, dict):
        return {key: typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    return SENT if isinstance(value, str) else value


@pytest.mark.wide
@pytest.mark.parametrize(
    ("turn", "operation"), drawn_share(enumerate(TABLE), one_in=3, name="masked refusals")
)
def test_refusals_show_no_masked_value(world, lines, turn, operation):
    """Somebody else's version, the same id with another body, nonsense in each field, the same call again."""
    leaked = []
    for role in one_of(("worker", "supervisor", "gis"), turn):
        request, actor = prepared(world, operation, role)
        method = operation.split()[0]
        for headers, sent in (
            ({"If-Match": '"0"'}, request.body),
            ({"Idempotency-Key": str(uuid7())}, {"json": typed(request.json)}),
            ({}, request.body),
            ({}, request.body),
            ({}, {"json": other(request.json)}),
        ):
            answer = actor.call(method, request.path, headers={**request.headers, **headers}, **sent)
            leaked += [
                (role, answer.status_code, column)
                for column in sorted(leaks(role, operation, body_and_headers(answer)))
            ]
            assert answer.status_code != 500
    logged = "\n".join(lines.messages)
    leaked += [("log", 0, column) for column, mark in MARKS.items() if mark.trace in logged]
    assert leaked == []


def other(value: Any) -> Any:
    """The same ids with other words."""
    if not isinstance(value, dict):
        return value
    return {
        key: f"{part} other" if isinstance(part, str) and not UUID.fullmatch(f"/{part}") else part
        for key, part in value.items()
    }


def test_household_search_returns_masked_matches(world, lines):
    """The other tests search for nobody who exists; these searches match a resident."""
    home = prepared(world, "GET /households/{household_id}", "worker")[0].path
    lines.messages.clear()
    name, place = MARKS["resident.name"].value, MARKS["premises.address"].value
    for role in ROLES:
        actor = world.person(role, world.home)
        for operation, path, body in (
            ("POST /households/search", "/households/search", {"resident": name, "limit": 500}),
            ("GET /households", f"/households?q={place}&limit=500", None),
            ("GET /premises", f"/premises?q={place}&limit=500", None),
            ("GET /households", "/households?limit=1", None),
        ):
            answer = actor.call(operation.split()[0], path, body)
            assert not leaks(role, operation, body_and_headers(answer)), (role, path)
            if role == "worker" and "premises" not in path and "limit=1" not in path[-8:]:
                assert home.rpartition("/")[2] in answer.text, path
    logged = "\n".join(lines.messages)
    assert not [column for column, mark in MARKS.items() if mark.trace in logged]


def test_import_report_shows_no_personal_value(world, lines):
    city = world.home
    supervisor = world.person("supervisor", city)
    people = [MARKS[column].value for column in ("resident.name", "resident.phone", "resident.email")]
    point = city.in_grid("g1")
    parts = "浙江,杭州,西湖,古荡,文华,1网格,无,1幢,无,301"
    sheet = "户编号,纬度,经度,省,市,区县,街道,社区,网格,小区,幢,单元,室,姓名,电话,邮箱\n" + "".join(
        f"{uuid7()},{lat},{point['lon']},{parts},{','.join(people)}\n" for lat in (point["lat"], "")
    )
    query = (
        "name=people.csv&partial=true&map=姓名=resident_name&map=电话=resident_phone&map=邮箱=resident_email"
    )
    path = f"/imports?kind=households&jurisdiction={city.code}&{query}"
    answer = supervisor.call(
        "POST", path, data=sheet.encode(), headers={"Content-Type": "application/octet-stream"}
    )
    outcome = answer.json["outcome"]
    assert (outcome["stored"], outcome["refused"]) == (1, 1), outcome
    at = f"/imports/{answer.json['id']}"
    for role in ROLES:
        for path in (at, "/imports", f"{at}/errors"):
            faults = world.person(role, city).get(path)
            # Refused rows are returned to the person who sent them and to administrators.
            if path.endswith("/errors") and role in ("supervisor", "admin"):
                continue
            assert not leaks(role, f"GET {path}", body_and_headers(faults)), (role, path)
    assert not leaks("supervisor", "POST /imports", body_and_headers(answer))
    logged = "\n".join(lines.messages)
    assert not [column for column, mark in MARKS.items() if mark.trace in logged]


@pytest.mark.wide
@pytest.mark.parametrize("role", ["supervisor", "admin", "gis"])
@pytest.mark.parametrize("format", drawn_share(FORMATS, one_in=3, name="formats of exports"))
def test_exported_file_shows_no_masked_value(world, lines, role, format):
    city = world.home
    flat(city)
    world.case(city, "E0102")
    # Earlier exports of a person count towards the limit, so a new person asks.
    person = world.new_person(role, city)
    (west, south), (east, north) = (city.at(at, at).values() for at in (0, 2))
    exports = {
        collection: person.post(
            "/exports",
            {"collection": collection, "format": format, "query": {"bbox": f"{west},{south},{east},{north}"}},
        )
        for collection in COLLECTIONS
    }
    exchange.run_exports_due(db.transaction, world.app.extensions["media_store"], world.settings, clock.now())
    for collection, run in exports.items():
        assert run.status_code == 202, (collection, run.json)
        answer = person.get(f"/exports/{run.json['id']}/file")
        assert answer.status_code == 200, (collection, run.json, answer.json)
        content = unpacked(answer.data)
        assert content
        leaked = leaks(role, "GET /exports/{run_id}/file", content)
        assert not leaked, (collection, leaked)
        if collection == "households" and role != "gis":
            assert MARKS["premises.address"].trace in content
    logged = "\n".join(lines.messages)
    assert not [column for column, mark in MARKS.items() if mark.trace in logged]


def unpacked(content: bytes) -> str:
    """All that stands in a file, however it is packed."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode("utf-8", "replace")


@pytest.mark.wide
@pytest.mark.parametrize("operation", drawn_share(TABLE, one_in=3, name="logs without input"))
def test_logs_never_repeat_request_input(world, lines, operation):
    role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown", "hidden")))
    request, actor = prepared(world, operation, role)
    method = operation.split()[0]
    mark = "&" if "?" in request.path else "?"
    for path, body in (
        (f"{request.path}{mark}{SENT}={SENT}", request.json),
        (f"{request.path}{mark}cursor={SENT}&q={SENT}&limit={SENT}", request.json),
        (request.path, {**typed(request.json), SENT: SENT} if isinstance(request.json, dict) else [SENT]),
        (request.path, typed(request.json)),
    ):
        answer = actor.call(method, path, body, headers={**request.headers, "X-Request-Id": SENT * 9})
        assert answer.status_code != 500
    assert SENT not in "\n".join(lines.messages)


def test_operator_commands_show_no_personal_value(world):
    env = {"DATABASE_URL": world.settings.database_url}
    for command in (["check"], ["check", "--json"], ["config", "check"], ["config", "check", "--json"]):
        with set_aside():
            output = CliRunner().invoke(main, command, env=env).output
        assert output
        assert not [column for column, mark in MARKS.items() if mark.trace in output]


def test_monitoring_endpoints_show_no_personal_value(world):
    client = world.app.test_client()
    for path in ("/metrics", "/readyz", "/livez"):
        answer = client.get(path)
        assert answer.status_code in (200, 503), path
        assert not [column for column, mark in MARKS.items() if mark.trace in body_and_headers(answer)]


def test_only_cases_are_ordered_and_by_no_personal_column(app):
    """An order by a column of persons would tell what the column holds. The list of cases alone has orders."""
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    names = [
        (path, parameter["name"])
        for path, operation in paths.items()
        for method in operation.values()
        if isinstance(method, dict)
        for parameter in method.get("parameters", ())
    ]
    assert {"limit", "cursor"} <= {name for _, name in names}
    assert {(path, name) for path, name in names if re.search("sort|order", name)} == {
        ("/api/v1/incidents", "sort"),
        ("/api/v1/incidents/print", "sort"),
    }
    # `reported_at`, `due_at`, `priority`, `category` and `status` of the case.
    columns = {sort.removeprefix("-") for sort in nonempty(SORTS)}
    assert columns <= set(Incident.__table__.columns.keys())
    assert columns.isdisjoint(PERSONAL)
    assert {f"incident.{column}" for column in columns}.isdisjoint(MARKS.keys() | UNMARKED.keys())


def test_collections_are_not_sorted_by_personal_columns():
    """Collections of maps are ordered and filtered by their queryables."""
    personal: dict[bool, set[str]] = {True: set(), False: set()}
    for collection in nonempty(COLLECTIONS.values()):
        tables = {
            alias: table for table, alias in re.findall(r"(?:^|join |, )(\w+) (\w+)", collection.source)
        }
        for prop in collection.properties:
            columns = re.findall(r"\b(\w+)\.(\w+)", prop.sql)
            named = {f"{tables.get(alias, alias)}.{column}" for alias, column in columns}
            personal[prop.is_filterable] |= named & (MARKS.keys() | UNMARKED.keys())
    assert personal[False] >= {"premises.compound", "premises.room"}  # so the search does find them
    assert personal[True] == set()
