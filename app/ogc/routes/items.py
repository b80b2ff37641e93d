"""Views of pages of features, and of single features."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app

from app.core.actor import Actor
from app.http.messages import language
from app.http.responses import json_bytes
from app.http.usual_queries import usual_pairs
from app.ogc import service
from app.ogc.routes.blueprint import (
    absolute_url,
    base_url_of,
    blp,
    form_of,
    preferred_form,
    query_args,
    render_page,
    signed_in,
)
from app.ogc.rules.collections import COLLECTIONS, Collection, Kind
from app.ogc.rules.crs import STORED, Crs
from app.ogc.rules.descriptions import GEOJSON, localized
from app.ogc.rules.page_map import drawing
from app.ogc.rules.parameters import crs_parameter, unique_parameters

_CRS_HEADER = "Content-Crs"
# What usual answers of both views have in common.
_USUAL: Mapping[str, Any] = {
    "media": GEOJSON,
    "headers": ((_CRS_HEADER, f"<{STORED.uri}>"),),
    "values": {"collection_id": tuple(COLLECTIONS)},
}


def _with_crs(response: Response, crs: Crs) -> Response:
    response.headers[_CRS_HEADER] = f"<{crs.uri}>"
    return response


def _usual_query(environ: dict[str, Any], extensions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the arguments of `_read_items`; None: the answer may be another one than GeoJSON in CRS84."""
    args = usual_pairs(environ)
    if args is None:
        return None
    parameters = {name: value for name, value in args if name in ("f", "crs")}
    form = parameters.get("f") or form_of(environ.get("HTTP_ACCEPT", ""))
    base_url = base_url_of(environ)
    if form != "json" or "crs" in parameters or base_url is None:
        return None
    return {"args": args, "key": extensions["ogc_key"], "base_url": base_url}


def _usual_item(environ: dict[str, Any], _: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the arguments of `_read_item`; None: the request has parameters, or asks for HTML."""
    base_url = base_url_of(environ)
    if environ.get("QUERY_STRING") or base_url is None or form_of(environ.get("HTTP_ACCEPT", "")) != "json":
        return None
    return {"base_url": base_url}


def _read_items(
    actor: Actor, collection_id: str, args: list[tuple[str, str]], key: bytes, base_url: str
) -> tuple[bytes, None]:
    collection = service.readable_collection(actor, collection_id)
    return service.items(actor, collection, args, key=key, base_url=base_url).body, None


def _read_item(actor: Actor, collection_id: str, feature_id: str, base_url: str) -> tuple[bytes, int]:
    collection = service.readable_collection(actor, collection_id)
    return service.item(actor, collection, feature_id, crs=STORED, base_url=base_url)


@blp.get("/collections/<collection_id>/items", provide_automatic_options=False)
@signed_in
@blp.answers_directly(_read_items, _usual_query, **_USUAL)
def items(actor: Actor, collection_id: str) -> Response:
    """List features of a collection"""
    collection = service.readable_collection(actor, collection_id)
    args = query_args()
    key = current_app.extensions["ogc_key"]
    result_page = service.items(actor, collection, args, key=key, base_url=absolute_url(""))
    if dict(args).get("f", preferred_form()) == "html":
        return _items_page(collection, result_page, args)
    return _with_crs(json_bytes(result_page.body, media=GEOJSON), result_page.crs)


def _items_page(collection: Collection, result_page: service.Page, args: list[tuple[str, str]]) -> Response:
    items_url = absolute_url(f"/collections/{collection.id}/items")
    page_args = [(name, value) for name, value in args if name not in ("cursor", "offset", "f")]
    is_first = len(page_args) == len([name for name, _ in args if name != "f"])

    def columns(values: dict[str, Any]) -> list[tuple[str, str]]:
        """Return the properties that are columns of the HTML table: all but ids of other entities."""
        lang = language()
        return [
            (p.name, localized(p.title, lang))
            for p in map(collection.properties_by_name.__getitem__, values)
            if p.kind is not Kind.UUID
        ]

    return render_page(
        "ogc_items.html",
        collection=collection,
        page=result_page,
        map=drawing(result_page.features, result_page.crs),
        columns=columns,
        base_url=items_url,
        about=absolute_url(f"/collections/{collection.id}"),
        first=None if is_first else f"{items_url}?{urlencode([*page_args, ('f', 'html')])}",
    )


@blp.get("/collections/<collection_id>/items/<feature_id>", provide_automatic_options=False)
@signed_in
@blp.answers_directly(_read_item, _usual_item, **_USUAL)
def item(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Read a feature"""
    collection = service.readable_collection(actor, collection_id)
    args = unique_parameters(query_args(), ("f", "crs"))
    crs = crs_parameter("crs", args)
    body, version = service.item(actor, collection, feature_id, crs=crs, base_url=absolute_url(""))
    if args.get("f", preferred_form()) == "html":
        items_url = absolute_url(f"/collections/{collection.id}/items")
        return render_page("ogc_item.html", collection=collection, map=drawing(body, crs), base_url=items_url)
    return _with_crs(json_bytes(body, version=version, media=GEOJSON), crs)
