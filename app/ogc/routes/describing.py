"""Landing page, conformance, the API document, collections."""

from typing import Any

from flask import Response

from app.core.actor import Actor
from app.core.db import read_session
from app.http.messages import language
from app.ogc import service
from app.ogc.routes.door import address, asked, blp, form, json_answer, page, signed_in
from app.ogc.rules.describing import OPENAPI, SCHEMA
from app.ogc.rules.parameters import once


@blp.get("/")
def landing() -> Response:
    """Where everything starts"""
    found = service.landing(address, language())
    if form() == "html":
        return page("ogc_landing.html", page=found)
    return json_answer(found)


@blp.get("/conformance")
def conformance() -> Response:
    """List the conformance classes"""
    found = service.conformance(address)
    if form() == "html":
        return page("ogc_conformance.html", page=found)
    return json_answer(found)


@blp.get("/api")
def api() -> Response:
    """Describe this API as OpenAPI 3.0"""
    once(asked(), ("f",), forms=("json",))
    return json_answer(service.api(address("").rstrip("/"), language()), OPENAPI)


@blp.get("/collections")
@signed_in
def collections(actor: Actor) -> Response:
    """List the collections that the reader may read"""
    wanted = form()
    with read_session() as session:
        found = service.collections(session, actor, address, language())
    if wanted == "html":
        return page("ogc_collections.html", page=found)
    return json_answer(found)


@blp.get("/collections/<collection_id>")
@signed_in
def collection(actor: Actor, collection_id: str) -> Response:
    """Describe a collection"""
    wanted = form()
    with read_session() as session:
        one = service.named(actor, collection_id)
        found = service.collection(session, actor, one, address, language())
    if wanted == "html":
        return page("ogc_collection.html", page=found, here=address(f"/collections/{one.id}"))
    return json_answer(found)


@blp.get("/collections/<collection_id>/queryables")
@signed_in
def queryables(actor: Actor, collection_id: str) -> Response:
    """Describe what filters of a collection may name"""
    return _schema(service.queryables(actor, service.named(actor, collection_id), address, language()))


@blp.get("/collections/<collection_id>/schema")
@signed_in
def schema(actor: Actor, collection_id: str) -> Response:
    """Describe what the features of a collection have"""
    return _schema(service.schema(actor, service.named(actor, collection_id), address, language()))


def _schema(found: dict[str, Any]) -> Response:
    if form() == "html":
        return page("ogc_schema.html", page=found)
    return json_answer(found, SCHEMA)
