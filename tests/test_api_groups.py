"""The groups of the API document: each operation in one of them, each with an introduction, and a start page."""

import re
from pathlib import Path

import pytest
from flask import Flask

from app.demo.sign_ins import ROLES, TITLES
from app.http.groups import GROUPS
from app.http.smorest import Api, Blueprint

ROOT = Path(__file__).parents[1]
SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def sentences(text: str) -> int:
    return len(SENTENCE_END.findall(re.sub(r"`[^`]*`", "code", text)))


def test_every_operation_has_exactly_one_group(document):
    wrong, used = [], set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            used.update(operation["tags"])
            if len(operation["tags"]) != 1 or operation["tags"][0] not in GROUPS:
                wrong.append((method, path, operation["tags"]))
    assert wrong == []
    assert used == set(GROUPS), "a group without operations"


def test_document_lists_groups_once_with_introductions(document):
    assert [tag["name"] for tag in document["tags"]] == list(GROUPS)
    assert 9 <= len(GROUPS) <= 12
    for tag in document["tags"]:
        assert 2 <= sentences(tag["description"]) <= 8, tag["name"]


def test_introductions_name_operations_and_pages_that_exist(document):
    prose = [document["info"]["description"], *GROUPS.values()]
    paths = {path.removeprefix("/api/v1"): item for path, item in document["paths"].items()}
    operations = [match for text in prose for match in re.findall(r"`(GET|POST) (/[^`?]*)`", text)]
    assert len(operations) > 10
    assert [(verb, path) for verb, path in operations if verb.lower() not in paths.get(path, {})] == []
    pages = {page for text in prose for page in re.findall(r"`(docs/[^`]*)`", text)}
    assert len(pages) > 5
    assert sorted(page for page in pages if not (ROOT / page).is_file()) == []


def test_start_page_documents_first_calls_errors_and_licence(document):
    info = document["info"]
    assert info["license"]["identifier"] == "Apache-2.0" and info["contact"]["name"]
    headings = re.findall(r"^## (.*)$", info["description"], re.MULTILINE)
    assert headings == ["First calls", "Errors", "Time and coordinates", "中文简介"]
    for path in ("/auth/token", "/me", "/incidents"):
        assert f"$API{path}" in info["description"]


def test_start_page_lists_every_demo_account_with_its_role(document):
    rows = re.findall(r"^\| `(demo-[^`]*)` \| ([^|]*) \|", document["info"]["description"], re.MULTILINE)
    assert dict(rows) == {name: TITLES[role] for name, role in ROLES.items()}


def test_blueprint_is_refused_when_its_group_is_unknown():
    blueprint = Blueprint("strays", __name__, url_prefix="/strays", tag="Strays")
    with pytest.raises(RuntimeError, match="no group 'Strays'"):
        Api().register_blueprint(blueprint)


def test_blueprint_is_refused_when_a_route_has_neither_guard_nor_public():
    blueprint = Blueprint("open", __name__, url_prefix="/open", tag=next(iter(GROUPS)))
    blueprint.route("/things")(lambda: "")
    with pytest.raises(RuntimeError, match=r"route without guard\(\) or public"):
        _api().register_blueprint(blueprint)


def test_operations_are_described_when_the_document_is_requested():
    """A start does not wait for them, and they are described once."""
    blueprint = Blueprint("open", __name__, url_prefix="/open", tag=next(iter(GROUPS)))

    @blueprint.route("/things")
    @blueprint.public
    @blueprint.response(204)
    def list_things():
        """List things"""

    api = _api()
    api.register_blueprint(blueprint)
    assert api.spec.to_dict()["paths"] == {}
    for _ in range(2):
        assert list(api.described_spec().to_dict()["paths"]) == ["/open/things"]


def _api() -> Api:
    app = Flask("app")
    app.config.update(API_TITLE="Things", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    return Api(app)
