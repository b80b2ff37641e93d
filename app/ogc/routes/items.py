"""Views of pages of features, and of single features."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app

from app.core.actor import Actor
from app.http.messages import language
from app.http.responses import json_bytes
from app.ogc import service
from app.ogc.routes.blueprint import absolute_url, blp, preferred_form, query_args, render_page, signed_in
from app.ogc.rules.collections import Collection, Kind
from app.ogc.rules.crs import Crs
from app.ogc.rules.descriptions import GEOJSON, localized
from app.ogc.rules.page_map import drawing
from app.ogc.rules.parameters import crs_parameter, unique_parameters


def _with_crs(response: Response, crs: Crs) -> Response:
    response.headers["Content-Crs"] = f"<{crs.uri}>"
    return response


@blp.get("/collections/<collection_id>/items", provide_automatic_options=False)
@signed_in
@blp.reads_row
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
@blp.reads_row
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
