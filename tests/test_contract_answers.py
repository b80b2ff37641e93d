"""Every documented operation succeeds with real rows, and its answer matches the documented schema.

PostgreSQL makes most answers, so nothing but this keeps bytes and schemas equal: each object in an answer has
all keys that its schema requires and no undeclared one, with values of the declared types and formats.
"""

from typing import Any

import pytest
import schemathesis

from tests import examples
from tests.endpoints import Request, World, publish_grid_limit, send
from tests.factories import in_days
from tests.test_permissions import BUILDERS, TABLE, operations

EMPTY_BODY = {204, 304}


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def successful_call(world: World, operation: str) -> tuple[str, Request, Any]:
    """The first role that may do it at home, its request, and the answer."""
    role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
    request, answer = send(world, BUILDERS[operation], role)
    assert 200 <= answer.status_code < 300, answer.text
    assert request.target is None or request.target in answer.text
    return role, request, answer


def declared(document: dict[str, Any], operation: str, answer: Any) -> Any:
    """The schema that the document gives this answer."""
    method, path = operation.split()
    responses = document["paths"][f"/api/v1{path}"][method.lower()]["responses"]
    assert str(answer.status_code) in responses, f"{answer.status_code} is not documented"
    content = responses[str(answer.status_code)].get("content")
    if content is None:
        assert answer.data == b""
        return None
    return content[answer.mimetype]["schema"]


def differing_keys(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "$") -> list[str]:
    """Where an object lacks a declared key or has another."""
    if value is None:
        return []
    name = None
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    for part in [*schema.get("anyOf", ()), *schema.get("allOf", ())]:
        if part.get("type") != "null":
            return differing_keys(document, part, value, at)
    if "discriminator" in schema:
        mapping = schema["discriminator"]["mapping"]
        chosen = mapping[value[schema["discriminator"]["propertyName"]]]
        return differing_keys(document, {"$ref": chosen}, value, at)
    if isinstance(value, list):
        return [
            d for n, v in enumerate(value) for d in differing_keys(document, schema["items"], v, f"{at}[{n}]")
        ]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    properties = schema["properties"]
    missing = set(schema["required"]) - value.keys()
    differences = [f"{at}: {name} lacks {key}" for key in sorted(missing)]
    differences += [
        f"{at}: {name} does not declare {key}" for key in sorted(value.keys() - properties.keys())
    ]
    for key in properties.keys() & value.keys():
        differences += differing_keys(document, properties[key], value[key], f"{at}.{key}")
    return differences


def test_every_documented_operation_is_in_permission_table(document):
    documented = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in document["paths"].items()
        for method in item
        # What tus asks by HEAD and OPTIONS is tried in tests/media.
        if method not in ("parameters", "head", "options")
    }
    assert documented == TABLE.keys()


@pytest.mark.parametrize("operation", TABLE)
def test_answer_matches_documented_schema_and_example(world, app, document, api, operation):
    role, request, answer = successful_call(world, operation)
    schema = declared(document, operation, answer)
    method, path = operation.split()
    api[f"/api/v1{path}"][method].validate_response(answer)
    if schema is not None and answer.is_json:
        assert differing_keys(document, schema, answer.json) == []
    documented = document["paths"][f"/api/v1{path}"][method.lower()]
    answers = [answer, *other_answers(world, operation, role, request, documented)]
    example = examples.example_of(operation, request, answers, world.cities)
    if examples.IS_WRITING:
        view = next(view for name, _, view in operations(app) if name == operation)
        package = view.__module__.split(".")[1]
        return examples.write(documented["operationId"], package, example)
    assert differing_examples(examples.recorded(documented["operationId"]), example) == []


def other_answers(
    world: World, operation: str, role: str, request: Request, documented: dict[str, Any]
) -> list[Any]:
    """The answers of the same request sent once more, and as the other media types that can be asked for."""
    successes = {
        status: r.get("content", {}) for status, r in documented["responses"].items() if status < "206"
    }
    actor = request.actor or world.person(role, world.home)
    method = operation.split()[0]
    others = []
    if {"200", "201"} <= successes.keys():
        others.append(actor.call(method, request.path, headers=dict(request.headers), **request.body))
    if {"application/json", "application/geo+json"} <= successes.get("200", {}).keys():
        headers = {**request.headers, "Accept": "application/geo+json"}
        others.append(actor.call(method, request.path, headers=headers))
    return others


def differing_examples(example: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """Where a request or an answer is not as its example says. Requests equal it but for ids and times."""
    requests = [
        {part: content.get(part, {}) for part in ("parameters", "request")} for content in (example, actual)
    ]
    answers = [
        {part: content.get(part, {}) for part in ("responses", "headers")} for content in (example, actual)
    ]
    return examples.differences(*requests, "request", is_exact=True) + examples.differences(
        *answers, "answer"
    )


def test_geojson_answer_matches_documented_schema(world, document, api):
    """GeoJSON under its own media type."""
    world.case(world.home)
    boss = world.person("supervisor", world.home)
    area = f"/areas/{world.home.areas['g1']}"
    for operation, path in (
        ("GET /incidents", "/incidents"),
        ("GET /areas", "/areas"),
        ("GET /areas/{area_id}", area),
    ):
        answer = boss.get(path, headers={"Accept": "application/geo+json"})
        assert answer.mimetype == "application/geo+json"
        assert answer.json["type"].startswith("Feature")
        api[f"/api/v1{operation.split()[1]}"]["GET"].validate_response(answer)
        assert differing_keys(document, declared(document, operation, answer), answer.json) == []


def test_answers_over_whole_case_life_match_documented_schema(world, document, api):
    """Nulls and names appear and go as a case moves on; each answer on the way is checked."""
    city = world.home
    boss, worker = world.person("supervisor", city), world.person("worker", city)
    world.close_sos_calls(city)
    checker = city.worker("g2", name="陈刚", capacity=100)

    def check(operation: str, answer: Any) -> Any:
        assert answer.status_code in (200, 201), answer.text
        method, path = operation.split()
        api[f"/api/v1{path}"][method].validate_response(answer)
        assert differing_keys(document, declared(document, operation, answer), answer.json) == []
        return answer.json

    case = world.case(city, "E0102")
    move, at = "POST /incidents/{incident_id}/transitions", f"/incidents/{case['id']}"
    step = {"action": "reassign", "worker_id": str(worker.id), "note": "please"}
    offered = check(move, boss.post(f"{at}/transitions", step))
    take = "POST /assignments/{assignment_id}/accept"
    check(take, worker.post(f"/assignments/{offered['assignment']['id']}/accept"))
    for action, fields in (("defer", {"until": in_days(9)}), ("resume", {})):
        check(move, boss.post(f"{at}/transitions", {"action": action, "note": "rain", **fields}))
    check(move, worker.post(f"{at}/transitions", {"action": "feed_back", "note": "done"}))
    step = {"action": "assign_check", "worker_id": str(checker.id)}
    sent = check(move, boss.post(f"{at}/transitions", step))
    check(take, checker.post(f"/assignments/{sent['assignment']['id']}/accept"))
    closed = check(move, checker.post(f"{at}/transitions", {"action": "check", "result": "pass"}))
    assert closed["closed_at"] and closed["assignment"] is None
    for tail in ("", "/events", "/dispatch"):
        check(f"GET /incidents/{{incident_id}}{tail}", boss.get(f"{at}{tail}"))
    # Somewhere without a grid, it waits.
    body = {"id": case["id"].replace(case["id"][-6:], "abcdef"), **city.in_no_grid(), "accuracy_m": 12.5}
    waiting = check("POST /incidents", worker.post("/incidents", body))
    assert waiting["waiting"]
    check("GET /incidents/{incident_id}/dispatch", boss.get(f"/incidents/{waiting['id']}/dispatch"))
    check("GET /supervision/board", boss.get("/supervision/board"))
    check("GET /supervision/queue", boss.get("/supervision/queue"))
    publish_grid_limit(world, city)
    check("GET /supervision/grid-audit", boss.get("/supervision/grid-audit"))
    findings = boss.get("/supervision/grid-audit/findings")
    check("GET /supervision/grid-audit/findings", findings)
    path = f"/supervision/grid-audit/findings/{findings.json['items'][0]['id']}/members"
    check("GET /supervision/grid-audit/findings/{finding_id}/members", boss.get(path))
