"""The settings in force for an area at an instant, with their source."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.profiles.rules.profile import ModeSettings
from app.profiles.service.profiles import ProfileInForce

NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """Settings, with the mode and the version of the profile that they come from."""

    values: ModeSettings
    mode: str
    source: str


def settings_for(profile: ProfileInForce, *, area_id: UUID | None, at: datetime) -> SettingsInForce:
    """Return the preset `normal` of the profile. No other mode can be switched on yet."""
    return SettingsInForce(
        values=profile.profile.modes[NORMAL],
        mode=NORMAL,
        source=f"profile {profile.profile.code} version {profile.number}, mode {NORMAL}",
    )
