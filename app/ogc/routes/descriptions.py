"""Views of the landing page, conformance classes, the API document and collections."""

from typing import Any

from flask import Response

from app.core.actor import Actor
from app.core.db import read_session
from app.http.messages import language
from app.ogc import service
from app.ogc.routes.blueprint import (
    absolute_url,
    blp,
    json_answer,
    query_args,
    render_page,
    requested_form,
    served_base_map,
    signed_in,
)
from app.ogc.rules.descriptions import OPENAPI, SCHEMA
from app.ogc.rules.parameters import unique_parameters


@blp.get("/")
def landing() -> Response:
    """Return the landing page"""
    body = service.landing(absolute_url, language())
    if requested_form() == "html":
        return render_page("ogc_landing.html", page=body)
    return json_answer(body)


@blp.get("/conformance")
def conformance() -> Response:
    """List the conformance classes"""
    body = service.conformance(absolute_url)
    if requested_form() == "html":
        return render_page("ogc_conformance.html", page=body)
    return json_answer(body)


@blp.get("/api")
def api() -> Response:
    """Describe this API as OpenAPI 3.0"""
    unique_parameters(query_args(), ("f",), forms=("json",))
    has_base_map = served_base_map() is not None
    url = absolute_url("").rstrip("/")
    return json_answer(service.api(url, language(), has_base_map=has_base_map), OPENAPI)


@blp.get("/collections")
@signed_in
def collections(actor: Actor) -> Response:
    """List the collections that the reader may read"""
    form = requested_form()
    with read_session() as session:
        body = service.collections(session, actor, absolute_url, language())
    if form == "html":
        return render_page("ogc_collections.html", page=body)
    return json_answer(body)


@blp.get("/collections/<collection_id>")
@signed_in
def collection(actor: Actor, collection_id: str) -> Response:
    """Describe a collection"""
    form = requested_form()
    with read_session() as session:
        collection = service.readable_collection(actor, collection_id)
        body = service.collection(session, actor, collection, absolute_url, language())
    if form == "html":
        return render_page(
            "ogc_collection.html", page=body, base_url=absolute_url(f"/collections/{collection.id}")
        )
    return json_answer(body)


@blp.get("/collections/<collection_id>/queryables")
@signed_in
def queryables(actor: Actor, collection_id: str) -> Response:
    """Describe what filters of a collection may name"""
    return _schema(
        service.queryables(actor, service.readable_collection(actor, collection_id), absolute_url, language())
    )


@blp.get("/collections/<collection_id>/schema")
@signed_in
def schema(actor: Actor, collection_id: str) -> Response:
    """Describe what the features of a collection have"""
    return _schema(
        service.schema(actor, service.readable_collection(actor, collection_id), absolute_url, language())
    )


def _schema(body: dict[str, Any]) -> Response:
    if requested_form() == "html":
        return render_page("ogc_schema.html", page=body)
    return json_answer(body, SCHEMA)
