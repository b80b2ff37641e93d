"""Public cases as GeoJSON, for maps of other sites: any page may read them (http/cors.py)."""

import math
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from app.core.db import Session
from app.core.errors import invalid_field
from app.core.links import link
from app.http.responses import GEOJSON
from app.public import service
from app.public.routes.page import blp, open_city_of
from app.public.rules.positions import position_of, position_text

_MOST = 500
_PARAMETERS = frozenset({"bbox", "category", "state", "after", "limit"})


@blp.get("/<city_code>/cases.geojson")
@blp.reads
def case_features(city_code: str, *, session: Session) -> Response:
    """Return public cases as a GeoJSON FeatureCollection, the newest first. The points are the centres of their cells."""
    city = open_city_of(session, city_code)
    given = request.args
    unknown = sorted(set(given) - _PARAMETERS)
    if unknown:
        raise invalid_field(unknown[0], "unknown_field")
    filters = service.CaseFilter(
        bbox=_bbox(given.get("bbox")),
        categories=[given["category"]] if given.get("category") else None,
        is_open=_state(given.get("state")),
    )
    after = position_of(given.get("after"))
    if given.get("after") and after is None:
        raise invalid_field("after", "cursor_invalid")
    result = service.public_cases(session, city, filters, after=after, limit=_limit(given.get("limit")))
    links = [{"rel": "self", "href": _address(city, given.to_dict())}]
    if result.after:
        query = given.to_dict() | {"after": position_text(result.after)}
        links.append({"rel": "next", "href": _address(city, query)})
    body = {
        "type": "FeatureCollection",
        "features": [_feature(city, case) for case in result.cases],
        "numberReturned": len(result.cases),
        "links": links,
    }
    response = Response(orjson.dumps(body), content_type=GEOJSON)
    response.headers["Cache-Control"] = "public, max-age=60"
    response.add_etag()
    response.make_conditional(request)
    return response


def _feature(city: service.PublicCity, case: service.PublicCase) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": str(case.id),
        "geometry": {"type": "Point", "coordinates": [case.lon, case.lat]},
        "properties": {
            "category": case.category,
            "category_name": _names(city.profile.category(case.category).name),
            "state": case.state.code,
            "state_name": case.state.title,
            "is_open": case.is_open,
            "reason": case.reason,
            "place": case.place,
            "reported_at": case.reported_at,
            "updated_at": case.updated_at,
            "expected_at": case.expected_at,
            "closed_at": case.closed_at,
            "words": case.words,
            "reporters": case.reporters,
            "photos": [
                link(f"/public/{city.code}/zh/cases/{case.id}/photos/{photo_id}")
                for photo_id in case.photo_ids
            ],
        },
    }


def _names(name: Any) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


def _address(city: service.PublicCity, query: dict[str, str]) -> str:
    return link(f"/public/{city.code}/cases.geojson") + (f"?{urlencode(query)}" if query else "")


def _bbox(text: str | None) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise invalid_field("bbox", "invalid") from None
    if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
        raise invalid_field("bbox", "invalid")
    return west, south, east, north


def _state(text: str | None) -> bool | None:
    if not text:
        return None
    if text not in ("open", "ended"):
        raise invalid_field("state", "not_one_of", known=["open", "ended"])
    return text == "open"


def _limit(text: str | None) -> int:
    if not text:
        return 100
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _MOST:
        raise invalid_field("limit", "out_of_range")
    return int(text)
