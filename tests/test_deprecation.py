"""Deprecated operations and parameters: headers of answers and errors, and marks in the document."""

from datetime import date

import marshmallow as ma
import pytest
from flask import Flask

from app.core.errors import NotFound, Unauthenticated
from app.http import errors
from app.http.deprecation import LEAST_NOTICE, Deprecation
from app.http.smorest import Api, Blueprint, Schema

SINCE, SUNSET = date(2026, 10, 1), date(2027, 4, 1)
HEADERS = {
    "Deprecation": "@1790812800",
    "Sunset": "Thu, 01 Apr 2027 00:00:00 GMT",
    "Link": '</api/v1/new>; rel="successor-version"',
}


class Filter(Schema):
    """A query with an old and a new parameter."""

    old_name = ma.fields.String()
    name = ma.fields.String()


class Thing(Schema):
    """An answer."""

    name = ma.fields.String()


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config.update(
        API_TITLE="Things",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    blp = Blueprint("things", "things", url_prefix="/api/v1", tag="Report")

    @blp.route("/old")
    @blp.deprecated(since=SINCE, sunset=SUNSET, successor="/api/v1/new")
    @blp.public
    @blp.response(200, Thing)
    def old():
        """Read a thing by its old path"""
        return {"name": "old"}

    @blp.route("/old/<name>")
    @blp.deprecated(since=SINCE, sunset=SUNSET, successor="/api/v1/new")
    @blp.public
    @blp.response(200, Thing)
    def missing(name):
        """Read a thing that is gone"""
        raise NotFound("not_found")

    @blp.route("/closed")
    @blp.deprecated(since=SINCE, sunset=SUNSET, successor="/api/v1/new")
    @blp.guard()
    @blp.response(200, Thing)
    def closed():
        """Read a thing with a token"""

    @blp.route("/new")
    @blp.deprecated(since=SINCE, sunset=SUNSET, successor="/api/v1/new", parameter="old_name")
    @blp.public
    @blp.arguments(Filter, location="query")
    @blp.response(200, Thing)
    def new(args):
        """Read a thing"""
        return {"name": args.get("name", args.get("old_name"))}

    def refuse(_):
        raise Unauthenticated("unauthenticated")

    app.extensions["authenticate"] = refuse
    errors.register(app)
    Api(app).register_blueprint(blp)
    return app.test_client()


def deprecation_headers(answer):
    return {name: answer.headers.get(name) for name in HEADERS if name in answer.headers}


@pytest.mark.parametrize(("path", "status"), [("/old", 200), ("/old/thing", 404), ("/closed", 401)])
def test_answers_and_errors_of_deprecated_operation_have_headers(client, path, status):
    answer = client.get(f"/api/v1{path}")
    assert (answer.status_code, deprecation_headers(answer)) == (status, HEADERS)


def test_deprecated_parameter_has_headers_only_when_it_is_sent(client):
    assert deprecation_headers(client.get("/api/v1/new?name=a")) == {}
    answer = client.get("/api/v1/new?old_name=a")
    assert (answer.json, deprecation_headers(answer)) == ({"name": "a"}, HEADERS)


def test_document_marks_deprecated_operations_and_parameters(client):
    api = client.application.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    paths = api.described_spec().to_dict()["paths"]
    assert paths["/api/v1/old"]["get"]["deprecated"] is True
    assert paths["/api/v1/old"]["get"]["x-sunset"] == "2027-04-01"
    operation = paths["/api/v1/new"]["get"]
    marks = {parameter["name"]: parameter.get("deprecated") for parameter in operation["parameters"]}
    assert (operation.get("deprecated"), marks) == (None, {"old_name": True, "name": None})


def test_sunset_before_the_promised_notice_is_refused():
    with pytest.raises(ValueError, match="earlier"):
        Deprecation(SINCE, SINCE + LEAST_NOTICE / 2)


def test_parameter_that_does_not_exist_cannot_be_deprecated():
    blp = Blueprint("others", "others", tag="Report")

    with pytest.raises(ValueError, match="no query parameter"):

        @blp.deprecated(since=SINCE, sunset=SUNSET, parameter="colour")
        @blp.public
        @blp.arguments(Filter, location="query")
        def view(args):
            """Read a thing"""


def test_api_has_nothing_deprecated_today(document):
    assert [
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict)
        and (operation.get("deprecated") or any(p.get("deprecated") for p in operation.get("parameters", ())))
    ] == []
