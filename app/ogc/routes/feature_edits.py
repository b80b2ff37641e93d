"""Views that create, replace, update and delete features, and OPTIONS."""

from typing import Any

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import invalid_field
from app.http.responses import expected_version, json_bytes
from app.ogc import schemas, service
from app.ogc.routes.blueprint import absolute_url, blp, query_args, signed_in
from app.ogc.rules.collections import Collection, visible_properties
from app.ogc.rules.crs import STORED, Crs, crs_of
from app.ogc.rules.descriptions import GEOJSON
from app.ogc.rules.feature_edits import (
    MERGE_PATCH,
    SentFeature,
    changed_facts,
    methods_of_item,
    methods_of_items,
    new_facts,
    read_feature,
)
from app.ogc.rules.parameters import unique_parameters

ITEMS, ITEM = "/collections/<collection_id>/items", "/collections/<collection_id>/items/<feature_id>"
_FEATURE_TYPES = (GEOJSON, "application/json")
_PATCH_TYPES = (MERGE_PATCH, *_FEATURE_TYPES)
# OWSLib sends no media type.
_NO_TYPE = ""


def _options_response(methods: list[str]) -> Response:
    headers = {"Allow": ", ".join(methods)}
    if "POST" in methods:
        headers["Accept-Post"] = ", ".join(_FEATURE_TYPES)
    if "PATCH" in methods:
        headers["Accept-Patch"] = ", ".join(_PATCH_TYPES)
    return Response(status=200, headers=headers, content_type="text/plain")


def _require_method(methods: list[str]) -> None:
    unique_parameters(query_args(), ())
    if request.method not in methods:
        raise MethodNotAllowed(methods)


@blp.route(ITEMS, methods=["OPTIONS"])
@signed_in
def options_of_items(actor: Actor, collection_id: str) -> Response:
    """Say what the caller may do to a collection"""
    return _options_response(methods_of_items(service.readable_collection(actor, collection_id), actor))


@blp.route(ITEM, methods=["OPTIONS"])
@signed_in
@blp.reads
def options_of_item(actor: Actor, collection_id: str, feature_id: str, *, session: Session) -> Response:
    """Say what the caller may do to a feature"""
    collection = service.readable_collection(actor, collection_id)
    service.current_feature(session, actor, collection, feature_id, expected=None, is_conditional=False)
    return _options_response(methods_of_item(collection, actor))


@blp.route(ITEMS, methods=["POST"], provide_automatic_options=False)
@signed_in
@blp.writes
def create(actor: Actor, collection_id: str, *, session: Session) -> Response:
    """Make a feature; the server gives its id"""
    collection = service.readable_collection(actor, collection_id)
    _require_method(methods_of_items(collection, actor))
    sent = _sent_feature(collection, _FEATURE_TYPES)
    facts = schemas.read_new(
        collection.edits, new_facts(collection, visible_properties(collection, actor), sent)
    )
    new_id = str(service.create(session, actor, collection, facts))
    body, version = service.item(
        actor, collection, new_id, crs=STORED, base_url=absolute_url(""), session=session
    )
    response = _feature_response(body, version, 201)
    response.headers["Location"] = absolute_url(f"/collections/{collection.id}/items/{new_id}")
    return response


@blp.route(ITEM, methods=["PUT"], provide_automatic_options=False)
@signed_in
@blp.writes
def replace(actor: Actor, collection_id: str, feature_id: str, *, session: Session) -> Response:
    """Replace a feature; its id is the one of the address, whatever the body says"""
    collection = service.readable_collection(actor, collection_id)
    _require_method(methods_of_item(collection, actor))
    sent = _sent_feature(collection, _FEATURE_TYPES)
    return _change(session, actor, collection, feature_id, sent, is_whole=True)


@blp.route(ITEM, methods=["PATCH"], provide_automatic_options=False)
@signed_in
@blp.writes
def update(actor: Actor, collection_id: str, feature_id: str, *, session: Session) -> Response:
    """Change what is sent of a feature, as a merge patch"""
    collection = service.readable_collection(actor, collection_id)
    _require_method(methods_of_item(collection, actor))
    sent = _sent_feature(collection, _PATCH_TYPES, is_part=True)
    if sent.id is not None and sent.id != feature_id:
        raise invalid_field("id", "id_fixed")
    return _change(session, actor, collection, feature_id, sent, is_whole=False)


@blp.route(ITEM, methods=["DELETE"], provide_automatic_options=False)
@signed_in
@blp.writes
def remove(actor: Actor, collection_id: str, feature_id: str, *, session: Session) -> Response:
    """Take a feature away"""
    collection = service.readable_collection(actor, collection_id)
    _require_method(methods_of_item(collection, actor))
    feature_uuid, _ = service.current_feature(session, actor, collection, feature_id, **_precondition())
    service.remove(session, actor, collection, feature_uuid, expected=expected_version(required=False))
    return Response(status=204)


def _change(
    session: Session,
    actor: Actor,
    collection: Collection,
    feature_id: str,
    sent: SentFeature,
    *,
    is_whole: bool,
) -> Response:
    precondition = _precondition()
    feature_uuid, current = service.current_feature(session, actor, collection, feature_id, **precondition)
    visible = visible_properties(collection, actor)
    facts = changed_facts(collection, visible, current, sent, is_whole=is_whole)
    if facts:
        facts = schemas.read_change(collection.edits, facts)
    service.change(
        session,
        actor,
        collection,
        feature_uuid,
        current=current,
        facts=facts,
        expected=precondition["expected"],
    )
    return _feature_response(
        *service.item(actor, collection, feature_id, crs=STORED, base_url=absolute_url(""), session=session)
    )


def _precondition() -> dict[str, Any]:
    """Return arguments for the check of the client's version: `expected` and `is_conditional`.

    They come from the header If-Match, which is optional because QGIS does not send it.
    """
    return {"expected": expected_version(required=False), "is_conditional": "If-Match" in request.headers}


def _sent_feature(collection: Collection, media: tuple[str, ...], *, is_part: bool = False) -> SentFeature:
    if request.mimetype not in (*media, _NO_TYPE):
        raise UnsupportedMediaType
    return read_feature(request.get_data(), collection, _crs_of_body(), is_part=is_part)


def _crs_of_body() -> Crs:
    header = request.headers.get("Content-Crs")
    crs = STORED if header is None else crs_of(header.strip().removeprefix("<").removesuffix(">"))
    if crs is None:
        raise invalid_field("Content-Crs", "crs_unknown")
    return crs


def _feature_response(body: bytes, version: int, status: int = 200) -> Response:
    response = json_bytes(body, status, version=version, media=GEOJSON)
    response.headers["Content-Crs"] = f"<{STORED.uri}>"
    return response
