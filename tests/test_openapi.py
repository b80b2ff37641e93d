"""The OpenAPI document: committed as the app generates it, and complete."""

import ast
import gzip
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from app.core.actor import ROLE_PERMISSIONS, Role
from app.core.constraint_errors import CONSTRAINT_CODES
from app.core.wording import fields_of
from app.http.errors import _HTTP_CODES
from app.http.messages import MESSAGES, sentence
from tests.nonempty import nonempty

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "openapi" / "gridward.json"
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
# Operations without a permission that service accounts may call: each row has its own rule of visibility.
READ_BY_SERVICES = {f"GET /api/v1/media/{{media_id}}{part}" for part in ("", "/content", "/thumbnail")}
FAMILIES = {
    "ChecksumWrong",
    "Conflict",
    "Forbidden",
    "Gone",
    "Invalid",
    "Malformed",
    "NotFound",
    "PreconditionMissing",
    "Stale",
    "StorageFull",
    "Throttled",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Unsupported",
}


@pytest.fixture(scope="module")
def operations(document) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def differing_lines(made: bytes, committed: bytes) -> str:
    """Return the first lines in which two documents differ, or an empty string.

    pytest compares unequal bytes line by line as well, and needs two minutes for documents of megabytes.
    """
    if made == committed:
        return ""
    pairs = itertools.zip_longest(made.splitlines(), committed.splitlines(), fillvalue=b"")
    number, (ours, theirs) = next(
        ((number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (0, (b"", b""))
    )
    return f"line {number}: made {ours.decode()!r}, committed {theirs.decode()!r}"


def test_committed_document_equals_generated_document(app):
    made = app.test_client().get("/api/v1/openapi.json").data
    advice = "run `gridward openapi write` and commit openapi/gridward.json"
    assert differing_lines(made, COMMITTED.read_bytes()) == "", advice


def test_difference_of_documents_is_named_by_its_first_line():
    assert differing_lines(b"a\nb\n", b"a\nc\nd\n") == "line 2: made 'b', committed 'c'"
    assert differing_lines(b"a\n", b"a\nb\n") == "line 2: made '', committed 'b'"
    assert differing_lines(b"a\n", b"a") != "" and differing_lines(b"a", b"a") == ""


def test_document_is_packed_and_not_sent_again_when_unchanged(app):
    client = app.test_client()
    packed = client.get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(COMMITTED.read_bytes()) / 5
    assert gzip.decompress(packed.data) == client.get("/api/v1/openapi.json").data
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_operation_ids_are_unique_and_camel_case(operations):
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names) > 100
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name) for name in names)
    assert operations["PATCH /api/v1/incidents/{incident_id}"]["operationId"] == "correctIncident"
    assert operations["GET /api/v1/sos/{sos_id}"]["operationId"] == "readSosCall"


def test_every_operation_documents_summary_and_responses(operations, document):
    for name, operation in operations.items():
        summary = operation.get("summary", "")
        assert summary and summary[0].isupper() and not summary.endswith("."), name
        answers = operation["responses"]
        successes = [status for status in answers if status.startswith("2")]
        assert successes, name
        for status in successes:
            has_body = "content" in answers[status]
            is_without = status == "204" or name.startswith("HEAD ")
            assert has_body is not is_without, f"{name} {status}"
        assert answers["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}, name
        assert operation["tags"], name
    error = document["components"]["responses"]["DEFAULT_ERROR"]
    assert list(error["content"]) == ["application/problem+json"]


def test_operation_with_path_parameter_documents_404(operations):
    lacking = [n for n, o in operations.items() if "{" in n and "404" not in o["responses"]]
    assert lacking == []


def test_every_query_parameter_is_documented(app, operations):
    lacking, seen = [], 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            schemas = [
                parameter["schema"]
                for parameter in getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
                if parameter["in"] == "query" and "schema" in parameter
            ]
            path = re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)
            name = f"{method} {path}"
            if name not in operations:
                continue
            documented = {parameter.get("name") for parameter in operations[name].get("parameters", ())}
            for schema in schemas:
                seen += 1
                lacking += [
                    (name, f.data_key or n)
                    for n, f in schema.fields.items()
                    if (f.data_key or n) not in documented
                ]
    assert lacking == [] and seen > 40


def test_summaries_are_unique(operations):
    summaries = [o["summary"] for o in operations.values()]
    assert sorted(summaries) == sorted(set(summaries))


def test_every_secured_operation_documents_permissions(operations, document):
    secured = {name: operation for name, operation in operations.items() if operation["security"]}
    for name, operation in nonempty(secured.items()):
        schemes = [next(iter(scheme)) for scheme in operation["security"]]
        if not all(s.startswith("ingest_") for s in schemes):
            permissions = set(operation["x-permissions"])
            is_open = (
                permissions <= ROLE_PERMISSIONS[Role.SERVICE] if permissions else name in READ_BY_SERVICES
            )
            assert schemes == ["bearer", *(("client_credentials", "api_key") if is_open else ())], name
        assert set(schemes) <= document["components"]["securitySchemes"].keys(), name
        assert isinstance(operation["x-permissions"], list), name
        assert {"401", "403"} <= operation["responses"].keys(), name


def test_schema_names_have_no_numeric_suffix(document):
    """Two classes of one name would be `PlaceOut` and `PlaceOut1`."""
    names = document["components"]["schemas"].keys()
    assert [n for n in names if n.rstrip("0123456789") != n] == []


def test_property_and_parameter_names_are_snake_case(operations, document):
    schemas = document["components"]["schemas"].values()
    names = {name for schema in schemas for name in schema.get("properties", ())}
    names |= {p["name"] for o in operations.values() for p in o.get("parameters", ()) if p["in"] != "header"}
    assert sorted(name for name in names if not SNAKE.match(name)) == []


# Field apps that are installed send and read these.
_NAMES_OF_PHONES = {"care_done", "dead_letter", "epoch", "grid", "media", "visited_by"}
# Participles and relations, of which nothing else has the name.
_RELATIONS = {
    *("from", "merged_into", "missed_households", "passed_over", "possible_double_of"),
    *("recorded_by", "replaces", "resolved_by", "stops"),
}


def is_id(schema: dict[str, Any]) -> bool:
    return "uuid" in (schema.get("format"), schema.get("items", {}).get("format"))


def test_members_and_parameters_that_hold_ids_are_named_as_ids(operations, document):
    named = [
        item
        for schema in document["components"]["schemas"].values()
        for item in schema.get("properties", {}).items()
    ]
    named += [(p["name"], p["schema"]) for o in operations.values() for p in o.get("parameters", ())]
    unclear = {name for name, schema in named if is_id(schema) and not re.search(r"(^|_)ids?\Z", name)}
    assert unclear == _NAMES_OF_PHONES | _RELATIONS


def test_every_schema_reference_resolves(document):
    def references(value: Any):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "$ref":
                    yield inner
                else:
                    yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in set(references(document)):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def raised_codes() -> set[tuple[str, str]]:
    """(code, where) of every error that the application can raise, field errors too."""
    codes = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = {"invalid_field": 1, "ValidationError": 0, "problem": 1} | dict.fromkeys(FAMILIES, 0)
            if name not in place or len(node.args) <= place[name]:
                continue
            argument = node.args[place[name]]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                codes.add((argument.value, f"{path.relative_to(ROOT)}:{node.lineno}"))
    return codes


def test_every_error_code_has_message_in_both_languages():
    codes = raised_codes()
    assert len(codes) > 50
    assert sorted(at for code, at in codes if code not in MESSAGES) == []
    for code, (english, chinese) in MESSAGES.items():
        assert SNAKE.match(code), code
        assert english.isascii() and re.search(r"[\u4e00-\u9fff]", chinese), code
        assert fields_of(english) == fields_of(chinese), code


def test_every_constraint_code_has_message_and_constraint(app, rows):
    assert {*CONSTRAINT_CODES.values(), *_HTTP_CODES.values()} <= MESSAGES.keys()
    existing = {
        row[0] for row in rows("select conname from pg_constraint union select indexname from pg_indexes")
    }
    assert sorted(set(CONSTRAINT_CODES) - existing) == []


def test_error_detail_follows_accept_language(app):
    client = app.test_client()
    for header, lang in ((None, "en"), ("zh-CN,zh;q=0.9", "zh-CN"), ("zh", "zh-CN"), ("fr", "en")):
        headers = {"Accept-Language": header} if header else {}
        answer = client.get("/api/v1/me", headers=headers)
        assert answer.json["detail"] == sentence("unauthenticated", lang)


SHOWN_MEDIA = {"application/json", "application/geo+json", "text/csv"}
# Files as they are, and the answer to a file of more rows than a test sends.
WITHOUT_EXAMPLE = {
    ("POST /api/v1/exports/at-once", "200", "application/geo+json"),
    ("GET /api/v1/exports/{run_id}/file", "200", "application/geo+json"),
    ("GET /api/v1/exports/{run_id}/file", "206", "application/geo+json"),
    ("GET /api/v1/exports/{run_id}/file", "206", "text/csv"),
    ("POST /api/v1/imports", "202", "application/json"),
}


def test_every_operation_shows_example_of_request_and_success(operations):
    lacking, count = set(), 0
    for name, operation in operations.items():
        bodies = [("request", operation.get("requestBody", {}))]
        bodies += [(s, answer) for s, answer in operation["responses"].items() if s.startswith("2")]
        for part, body in bodies:
            for media, content in body.get("content", {}).items():
                count += "example" in content
                if "example" not in content and media in SHOWN_MEDIA:
                    lacking.add((name, part, media))
    assert lacking == WITHOUT_EXAMPLE and count > 250


def test_every_operation_has_short_summary_and_own_description(operations):
    long = {name: o["summary"] for name, o in operations.items() if len(o["summary"]) > 60}
    assert long == {}
    silent = [name for name, o in operations.items() if o["description"].startswith("**Callers:**")]
    assert silent == []
    assert all("**Callers:**" in o["description"] for o in operations.values())


def test_every_member_and_parameter_is_described(document, operations):
    lacking = [
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, content in schema.get("properties", {}).items()
        if not content.get("description")
    ]
    for item in document["paths"].values():
        for part in item.values():
            parameters = part if isinstance(part, list) else part.get("parameters", ())
            lacking += [p["name"] for p in parameters if "$ref" not in p and not p.get("description")]
    assert lacking == []


def test_errors_of_operation_are_listed_with_their_messages(operations):
    text = operations["POST /api/v1/incidents/{incident_id}/transitions"]["description"]
    assert f"- 409 `transition_illegal`: {MESSAGES['transition_illegal'][0]}" in text
