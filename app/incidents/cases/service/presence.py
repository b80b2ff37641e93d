"""Presence at a step: compared, stored with the event, and enforced by the policy of the category in the profile."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, invalid_field
from app.incidents.cases.rules import presence
from app.incidents.cases.rules.presence import Finding, Spot
from app.profiles import service as profiles
from app.profiles.rules.profile import PresencePolicy, Profile


def presence_at_transition(
    session: Session,
    case: Any,
    *,
    fix: dict[str, Any] | None,
    reason: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the presence record for the detail of a transition.

    Empty if the profile requires no comparison.

    Raises:
        Invalid: The policy requires a reason.
        Conflict: The policy blocks the step.
    """
    if case["profile_version_id"] is None:
        return {}
    profile = profiles.profile_by_id(session, case["profile_version_id"]).profile
    finding = _compare(profile, case["category"], fix, lon=case["lon"], lat=case["lat"], now=now)
    if finding is None:
        return {}
    if finding.doubts and finding.policy is PresencePolicy.BLOCK:
        raise Conflict("presence_not_shown", extra={"doubts": list(finding.doubts)})
    if finding.doubts and finding.policy is PresencePolicy.REQUIRE_REASON and not reason:
        raise invalid_field("presence_reason", "presence_reason_required", doubts=list(finding.doubts))
    return {"presence": finding.to_detail(reason)}


def spot_of(fix: dict[str, Any] | None, *, now: datetime) -> Spot | None:
    """Return the device's position at a transition, whatever the policy of presence.

    None if no position was sent, or it was mocked.
    """
    if fix is None or fix.get("mock"):
        return None
    lon, lat = to_wgs84(fix["lon"], fix["lat"], CoordSys(fix.get("coord_sys", "wgs84")))
    age = presence.parse_fix(fix, lon, lat, now=now).age
    return Spot(lon, lat, fix.get("accuracy_m"), now - max(age, timedelta()))


def presence_at_report(
    profile: Profile,
    category: str,
    payload: dict[str, Any],
    *,
    lon: float,
    lat: float,
    now: datetime,
) -> dict[str, Any]:
    """Return the presence record of a report, which is never refused for it.

    Empty without a fix.
    """
    if payload.get("fix") is None:
        return {}
    finding = _compare(
        profile, category, payload["fix"], lon=lon, lat=lat, now=payload.get("occurred_at") or now
    )
    return {"presence": finding.to_detail(payload.get("presence_reason"))} if finding else {}


def _compare(
    profile: Profile, category: str, fix: dict[str, Any] | None, *, lon: float, lat: float, now: datetime
) -> Finding | None:
    rule = profile.presence_at(category)
    if rule.policy is PresencePolicy.OFF:
        return None
    claimed_fix = None
    if fix is not None:
        place = to_wgs84(fix["lon"], fix["lat"], CoordSys(fix.get("coord_sys", "wgs84")))
        claimed_fix = presence.parse_fix(fix, *place, now=now)
    return presence.compare_fix(rule, claimed_fix, lon=lon, lat=lat)
