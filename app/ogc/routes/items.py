"""Pages of features and single ones."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app

from app.core.actor import Actor
from app.http.messages import language
from app.http.responses import json_bytes
from app.ogc import service
from app.ogc.routes.door import address, asked, blp, page, preferred, signed_in
from app.ogc.rules.collections import Collection, Kind
from app.ogc.rules.crs import Crs
from app.ogc.rules.describing import GEOJSON, told
from app.ogc.rules.drawing import drawing
from app.ogc.rules.parameters import crs_parameter, once


def _in(response: Response, crs: Crs) -> Response:
    response.headers["Content-Crs"] = f"<{crs.uri}>"
    return response


@blp.get("/collections/<collection_id>/items", provide_automatic_options=False)
@signed_in
def items(actor: Actor, collection_id: str) -> Response:
    """List features of a collection"""
    one = service.named(actor, collection_id)
    said = asked()
    key = current_app.extensions["ogc_key"]
    found = service.items(actor, one, said, key=key, link=address)
    if dict(said).get("f", preferred()) == "html":
        return _as_page(one, found, said)
    return _in(json_bytes(found.body, media=GEOJSON), found.crs)


def _as_page(one: Collection, found: service.Page, said: list[tuple[str, str]]) -> Response:
    here = address(f"/collections/{one.id}/items")
    whole = [(name, value) for name, value in said if name not in ("cursor", "offset", "f")]
    is_first = len(whole) == len([name for name, _ in said if name != "f"])

    def columns(values: dict[str, Any]) -> list[tuple[str, str]]:
        """What people read of a feature; ids of other things say nothing to them."""
        lang = language()
        return [
            (p.name, told(p.title, lang))
            for p in map(one.named.__getitem__, values)
            if p.kind is not Kind.UUID
        ]

    return page(
        "ogc_items.html",
        collection=one,
        page=found,
        map=drawing(found.features, found.crs),
        columns=columns,
        here=here,
        about=address(f"/collections/{one.id}"),
        first=None if is_first else f"{here}?{urlencode([*whole, ('f', 'html')])}",
    )


@blp.get("/collections/<collection_id>/items/<feature_id>", provide_automatic_options=False)
@signed_in
def item(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Read a feature"""
    one = service.named(actor, collection_id)
    said = once(asked(), ("f", "crs"))
    crs = crs_parameter("crs", said)
    body, version = service.item(actor, one, feature_id, crs=crs, link=address)
    if said.get("f", preferred()) == "html":
        here = address(f"/collections/{one.id}/items")
        return page("ogc_item.html", collection=one, map=drawing(body, crs), here=here)
    return _in(json_bytes(body, version=version, media=GEOJSON), crs)
