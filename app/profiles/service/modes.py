"""The dispatch settings in force for an area at an instant, with their source."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.profiles.rules.profile import ModeSettings
from app.profiles.service.profiles import ProfileInForce

NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """Dispatch settings, with the mode and the profile version from which they come."""

    values: ModeSettings
    mode: str
    source: str


def settings_for(profile: ProfileInForce, *, area_id: UUID | None, at: datetime) -> SettingsInForce:
    """Return the dispatch settings of mode `normal` in the profile.

    Area and instant do not change the result yet, because no other mode can be switched on.
    """
    return SettingsInForce(
        values=profile.profile.modes[NORMAL],
        mode=NORMAL,
        source=f"profile {profile.profile.code} version {profile.number}, mode {NORMAL}",
    )
