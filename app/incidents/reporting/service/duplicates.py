"""Search for possible duplicates, before a report is sent and for stored cases."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import NotFound
from app.core.links import link
from app.incidents.cases.queries import views
from app.incidents.reporting.queries import duplicates as queries
from app.incidents.reporting.queries.duplicates import Probe
from app.profiles import service as profiles
from app.profiles.rules.duplicates import WEIGHTS, Duplicates

CASES = "/api/v1/incidents"


def find_duplicates(
    session: Session,
    actor: Actor,
    *,
    lon: float,
    lat: float,
    coord_sys: str = "wgs84",
    category: str = "unclassified",
    description: str = "",
    occurred_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the visible cases that may be duplicates of a planned report. Reads only."""
    now = clock.now()
    lon, lat = to_wgs84(lon, lat, CoordSys(coord_sys))
    rules = areas.profile_at_place(session, lon=lon, lat=lat, at=now).profile.duplicates
    probe = Probe(lon, lat, category, description, min(occurred_at or now, now))
    candidates = queries.candidates(session, actor, [probe], rules=rules, now=now)
    return _response(actor, candidates, rules, acts=("join",))


def duplicates_of(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return possible duplicates of a case that the actor can see.

    The list is empty for a confidential case, or a case about a person or unit.
    """
    now = clock.now()
    if not views.is_visible(session, actor, incident_id=incident_id, now=now):
        raise NotFound("not_found")
    probes = queries.probes_of(session, [incident_id])
    if not probes:
        return {"items": [], "rules": None}
    rules = profiles.profile_by_id(session, probes[0]["profile_version_id"]).profile.duplicates
    candidates = queries.candidates(session, actor, [_probe(probes[0])], rules=rules, now=now)
    is_director = views.may_direct(
        session, actor, incident_id=incident_id, permission=Permission.INCIDENT_DIRECT, now=now
    )
    return _response(
        actor, candidates, rules, acts=("merge", "link") if is_director else (), incident_id=incident_id
    )


def duplicates_of_each(
    session: Session, actor: Actor, incident_ids: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """Return possible duplicates for each case that the actor has just reported.

    Cases without duplicates are left out.
    """
    now = clock.now()
    probes = queries.probes_of(session, incident_ids)
    candidates_by_case: dict[UUID, list[dict[str, Any]]] = {}
    for version in sorted({row["profile_version_id"] for row in probes}):
        rows = [row for row in probes if row["profile_version_id"] == version]
        rules = profiles.profile_by_id(session, version).profile.duplicates
        candidates = queries.candidates(session, actor, [_probe(row) for row in rows], rules=rules, now=now)
        for n, of_probe in groupby(candidates, key=itemgetter("n")):
            response = _response(actor, list(of_probe), rules, acts=("join",))
            candidates_by_case[rows[n - 1]["id"]] = response["items"]
    return candidates_by_case


def _probe(row: RowMapping) -> Probe:
    return Probe(row["lon"], row["lat"], row["category"], row["words"], row["at"], row["id"])


def _response(
    actor: Actor,
    candidates: Sequence[RowMapping],
    rules: Duplicates,
    *,
    acts: tuple[str, ...],
    incident_id: UUID | None = None,
) -> dict[str, Any]:
    return {
        "items": [_item(actor, row, acts, incident_id) for row in candidates[: rules.most]],
        "rules": {
            "radius_m": rules.radius_m,
            "days": rules.within.total_seconds() / 86400,
            "closed_days": rules.closed_within.total_seconds() / 86400,
            "score_least": rules.score_least,
            "weights": {name: getattr(rules, name) for name in WEIGHTS},
        },
    }


def _item(actor: Actor, row: RowMapping, acts: tuple[str, ...], incident_id: UUID | None) -> dict[str, Any]:
    """Return one possible duplicate as JSON.

    It has the score, the case, and the requests (join, merge, link) that the actor may send.
    """
    is_allowed = {
        "join": row["is_open"] and actor.may(Permission.INCIDENT_REPORT),
        "merge": row["is_open"] and row["is_directed"],
        "link": row["is_directed"],
    }
    path = {"join": f"{CASES}/{row['id']}/reports"} | {
        act: f"{CASES}/{incident_id}/{act}" for act in ("merge", "link")
    }
    parts = {name: row[f"by_{name}"] for name in WEIGHTS}
    return {
        "score": round(float(row["score"]), 3),
        "parts": {name: None if part is None else round(float(part), 3) for name, part in parts.items()},
        "distance_m": round(float(row["distance_m"]), 1),
        "age_s": round(float(row["age_s"])),
        "incident": {
            **{
                name: row[name]
                for name in ("id", "case_no", "status", "category", "reported_at", "closed_at")
            },
            "description": row["words"],
            "location": {"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]},
            "report_count": row["report_count"],
            "reported_by_me": bool(row["is_mine"]),
            "is_open": row["is_open"],
            "href": link(f"{CASES}/{row['id']}"),
        },
        "acts": [{"act": act, "path": link(path[act])} for act in acts if is_allowed[act]],
    }
