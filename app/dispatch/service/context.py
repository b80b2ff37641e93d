"""Rules and instant of a dispatch decision, which all functions that place a demand take as one argument."""

from dataclasses import dataclass
from datetime import datetime

from app.core import calendar as clocks
from app.profiles.rules.profile import DispatchWeights, ModeSettings
from app.profiles.service import ProfileInForce, SettingsInForce


@dataclass(frozen=True, slots=True)
class DispatchContext:
    """Rules and instant of a dispatch decision.

    Attributes:
        profile: Version of the jurisdiction's rules. Of a case: the version under which it was filed.
        settings: Settings in force for the area of the demand at `now`.
        now: Instant of the decision.
        may_ask_router: The caller holds no lock that other transactions wait for, so the street network may be
            asked. Otherwise only its cached answers are used.
    """

    profile: ProfileInForce
    settings: SettingsInForce
    now: datetime
    may_ask_router: bool = False

    @property
    def weights(self) -> DispatchWeights:
        """Return the weights of the cost parts."""
        return self.profile.profile.dispatch_weights

    @property
    def values(self) -> ModeSettings:
        """Return the values of the settings in force."""
        return self.settings.values

    def offer_expiry(self, priority: int) -> datetime:
        """Return the instant at which an offer made now expires, by the working time of the profile."""
        return clocks.due_at(self.now, self.values.offer_times[priority], self.profile.profile.calendar)
