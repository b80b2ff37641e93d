"""Presence at a step: compared, kept with the event, and enforced as the profile says for the category."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, invalid_field
from app.incidents.cases.rules import presence
from app.incidents.cases.rules.presence import Finding, Spot
from app.profiles import service as profiles
from app.profiles.rules.profile import PresencePolicy, Profile


def at_step(
    session: Session,
    case: Any,
    *,
    fix: dict[str, Any] | None,
    reason: str | None,
    now: datetime,
) -> dict[str, Any]:
    """What to keep with a step, as part of its detail; empty where nothing is compared.

    Raises Invalid (a reason is needed) or Conflict (the step is not taken) where the policy says so.
    """
    if case["profile_version_id"] is None:
        return {}
    profile = profiles.profile_by_id(session, case["profile_version_id"]).profile
    found = _found(profile, case["category"], fix, lon=case["lon"], lat=case["lat"], now=now)
    if found is None:
        return {}
    if found.doubts and found.policy is PresencePolicy.BLOCK:
        raise Conflict("presence_not_shown", extra={"doubts": list(found.doubts)})
    if found.doubts and found.policy is PresencePolicy.REQUIRE_REASON and not reason:
        raise invalid_field("presence_reason", "presence_reason_required", doubts=list(found.doubts))
    return {"presence": found.told(reason)}


def spot_of(fix: dict[str, Any] | None, *, now: datetime) -> Spot | None:
    """Where a step was taken, whatever the policy; nowhere without a fix, or with one that the phone itself calls false."""
    if fix is None or fix.get("mock"):
        return None
    lon, lat = to_wgs84(fix["lon"], fix["lat"], CoordSys(fix.get("coord_sys", "wgs84")))
    age = presence.fix_of(fix, lon, lat, now=now).age
    return Spot(lon, lat, fix.get("accuracy_m"), now - max(age, timedelta()))


def at_report(
    profile: Profile,
    category: str,
    said: dict[str, Any],
    *,
    lon: float,
    lat: float,
    now: datetime,
) -> dict[str, Any]:
    """The same for a report, which is never refused: whatever the policy, it is only kept. Without a fix nothing is."""
    if said.get("fix") is None:
        return {}
    found = _found(profile, category, said["fix"], lon=lon, lat=lat, now=said.get("occurred_at") or now)
    return {"presence": found.told(said.get("presence_reason"))} if found else {}


def _found(
    profile: Profile, category: str, fix: dict[str, Any] | None, *, lon: float, lat: float, now: datetime
) -> Finding | None:
    rule = profile.presence_at(category)
    if rule.policy is PresencePolicy.OFF:
        return None
    claimed = None
    if fix is not None:
        place = to_wgs84(fix["lon"], fix["lat"], CoordSys(fix.get("coord_sys", "wgs84")))
        claimed = presence.fix_of(fix, *place, now=now)
    return presence.find(rule, claimed, lon=lon, lat=lat)
