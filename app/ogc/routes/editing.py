"""Features made, replaced, changed and taken away, and what a caller may do to them."""

from typing import Any

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType

from app.core.actor import Actor
from app.core.db import read_session, transaction, with_retries
from app.core.errors import invalid_field
from app.http.responses import expected_version, json_bytes
from app.ogc import schemas, service
from app.ogc.routes.door import address, asked, blp, signed_in
from app.ogc.rules.collections import Collection, shown
from app.ogc.rules.crs import STORED, Crs, crs_of
from app.ogc.rules.describing import GEOJSON
from app.ogc.rules.editing import (
    MERGE_PATCH,
    Said,
    changed_facts,
    methods_of_item,
    methods_of_items,
    new_facts,
    read_feature,
)
from app.ogc.rules.parameters import once

ITEMS, ITEM = "/collections/<collection_id>/items", "/collections/<collection_id>/items/<feature_id>"
_WHOLE = (GEOJSON, "application/json")
_PART = (MERGE_PATCH, *_WHOLE)
# OWSLib says none.
_UNSAID = ""


def _allowing(methods: list[str]) -> Response:
    headers = {"Allow": ", ".join(methods)}
    if "POST" in methods:
        headers["Accept-Post"] = ", ".join(_WHOLE)
    if "PATCH" in methods:
        headers["Accept-Patch"] = ", ".join(_PART)
    return Response(status=200, headers=headers, content_type="text/plain")


def _require(methods: list[str]) -> None:
    once(asked(), ())
    if request.method not in methods:
        raise MethodNotAllowed(methods)


@blp.route(ITEMS, methods=["OPTIONS"])
@signed_in
def options_of_items(actor: Actor, collection_id: str) -> Response:
    """Say what the caller may do to a collection"""
    return _allowing(methods_of_items(service.named(actor, collection_id), actor))


@blp.route(ITEM, methods=["OPTIONS"])
@signed_in
def options_of_item(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Say what the caller may do to a feature"""
    one = service.named(actor, collection_id)
    with read_session() as session:
        service.present(session, actor, one, feature_id, expected=None, is_conditional=False)
    return _allowing(methods_of_item(one, actor))


@blp.route(ITEMS, methods=["POST"], provide_automatic_options=False)
@signed_in
def create(actor: Actor, collection_id: str) -> Response:
    """Make a feature; the server gives its id"""
    one = service.named(actor, collection_id)
    _require(methods_of_items(one, actor))
    said = _said(one, _WHOLE)
    facts = schemas.read_new(one.edits, new_facts(one, shown(one, actor), said))

    def attempt() -> tuple[bytes, int, str]:
        with transaction(actor) as session:
            made = str(service.create(session, actor, one, facts))
            return *service.item(actor, one, made, crs=STORED, link=address, session=session), made

    body, version, made = with_retries(attempt)
    response = _answer(body, version, 201)
    response.headers["Location"] = address(f"/collections/{one.id}/items/{made}")
    return response


@blp.route(ITEM, methods=["PUT"], provide_automatic_options=False)
@signed_in
def replace(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Replace a feature; its id is the one of the address, whatever the body says"""
    one = service.named(actor, collection_id)
    _require(methods_of_item(one, actor))
    return _change(actor, one, feature_id, _said(one, _WHOLE), is_whole=True)


@blp.route(ITEM, methods=["PATCH"], provide_automatic_options=False)
@signed_in
def update(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Change what is sent of a feature, as a merge patch"""
    one = service.named(actor, collection_id)
    _require(methods_of_item(one, actor))
    said = _said(one, _PART, is_part=True)
    if said.id is not None and said.id != feature_id:
        raise invalid_field("id", "id_fixed")
    return _change(actor, one, feature_id, said, is_whole=False)


@blp.route(ITEM, methods=["DELETE"], provide_automatic_options=False)
@signed_in
def remove(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Take a feature away"""
    one = service.named(actor, collection_id)
    _require(methods_of_item(one, actor))
    with transaction(actor) as session:
        known, _ = service.present(session, actor, one, feature_id, **_condition())
        service.remove(session, actor, one, known, expected=expected_version(required=False))
    return Response(status=204)


def _change(actor: Actor, one: Collection, feature_id: str, said: Said, *, is_whole: bool) -> Response:
    condition = _condition()

    def attempt() -> tuple[bytes, int]:
        with transaction(actor) as session:
            known, was = service.present(session, actor, one, feature_id, **condition)
            facts = changed_facts(one, shown(one, actor), was, said, is_whole=is_whole)
            if facts:
                facts = schemas.read_change(one.edits, facts)
            service.change(session, actor, one, known, was=was, facts=facts, expected=condition["expected"])
            return service.item(actor, one, feature_id, crs=STORED, link=address, session=session)

    return _answer(*with_retries(attempt))


def _condition() -> dict[str, Any]:
    """If-Match, if it was sent: honoured, and never demanded, because QGIS sends none."""
    return {"expected": expected_version(required=False), "is_conditional": "If-Match" in request.headers}


def _said(one: Collection, media: tuple[str, ...], *, is_part: bool = False) -> Said:
    if request.mimetype not in (*media, _UNSAID):
        raise UnsupportedMediaType
    return read_feature(request.get_data(), one, _crs_of_body(), is_part=is_part)


def _crs_of_body() -> Crs:
    given = request.headers.get("Content-Crs")
    found = STORED if given is None else crs_of(given.strip().removeprefix("<").removesuffix(">"))
    if found is None:
        raise invalid_field("Content-Crs", "crs_unknown")
    return found


def _answer(body: bytes, version: int, status: int = 200) -> Response:
    response = json_bytes(body, status, version=version, media=GEOJSON)
    response.headers["Content-Crs"] = f"<{STORED.uri}>"
    return response
