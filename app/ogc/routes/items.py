"""Pages of features and single ones."""

from flask import Response, current_app

from app.core.actor import Actor
from app.core.db import read_session
from app.http.messages import language
from app.http.pages import html_page
from app.http.responses import json_bytes
from app.ogc import service
from app.ogc.routes.door import address, asked, blp, preferred, signed_in
from app.ogc.rules.crs import Crs
from app.ogc.rules.describing import GEOJSON
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
    with read_session(is_planned_anew=True) as session:
        page = service.items(session, actor, one, said, key=key, link=address)
    if dict(said).get("f", preferred()) == "html":
        shown = drawing(page.features)
        return html_page(
            "ogc_items.html",
            collection=one,
            page=page,
            map=shown,
            lang=language(),
            home=address("/"),
            here=address(f"/collections/{one.id}/items"),
        )
    return _in(json_bytes(page.body, media=GEOJSON), page.crs)


@blp.get("/collections/<collection_id>/items/<feature_id>", provide_automatic_options=False)
@signed_in
def item(actor: Actor, collection_id: str, feature_id: str) -> Response:
    """Read a feature"""
    one = service.named(actor, collection_id)
    said = once(asked(), ("f", "crs"))
    crs = crs_parameter("crs", said)
    with read_session(is_planned_once=True) as session:
        body, version = service.item(session, actor, one, feature_id, crs=crs, link=address)
    if said.get("f", preferred()) == "html":
        shown = drawing([body.decode()])
        return html_page(
            "ogc_item.html",
            collection=one,
            map=shown,
            lang=language(),
            home=address("/"),
            here=address(f"/collections/{one.id}/items"),
        )
    return _in(json_bytes(body, version=version, media=GEOJSON), crs)
