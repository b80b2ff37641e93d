"""Check of presence: compare the position of the actor's device with the place of the case.

The result is stored with the event of a transition or report. The profile (the rules of the city) has a policy for each
category: no check, a record only, a reason needed for doubts, or a refusal of the transition.
"""

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
    """Check presence at a transition, and return the record to store with the event.

    The record is empty if the profile has no check of presence for the category.

    Raises:
        Invalid: There are doubts, and the policy requires a reason that was not sent.
        Conflict: There are doubts, and the policy blocks the transition.
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
    """Return the position of the actor's device at a transition, to store with the event.

    The city's rules for proof of presence are not applied. Returns None if no position was sent, or if it is simulated by
    another app on the phone (a mock location).
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
    """Check presence at a report, and return the record to store with the event.

    The record is empty if no position was sent, or the profile has no check of presence for the category. A report is never
    refused because of doubts about presence.
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
