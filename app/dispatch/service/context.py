"""The profile (rules of the city), the settings and the time of a decision, as one argument."""

from dataclasses import dataclass
from datetime import datetime

from app.core import calendar as clocks
from app.dispatch.service.drafts import PlacementDraft, ReadRing
from app.profiles.rules.profile import DispatchWeights, ModeSettings
from app.profiles.service import ProfileInForce, SettingsInForce


@dataclass(frozen=True, slots=True)
class DispatchContext:
    """The profile (rules of the city), the settings and the time of a dispatch decision.

    Attributes:
        profile: Version of the jurisdiction's profile; for a case the version under which it was filed.
        settings: Settings in force for the area of the case at `now`.
        now: Instant of the decision.
        may_ask_router: True if the caller holds no lock that other transactions wait for, so that it may ask the street
            network. False: only cached answers are used.
        draft: Takes a placement instead of the database, so that the caller writes it with rows of its own. None: a placement
            is written at once.
        read_ring: Candidates that were read with the place of the case. None: no candidates were read.
    """

    profile: ProfileInForce
    settings: SettingsInForce
    now: datetime
    may_ask_router: bool = False
    draft: PlacementDraft | None = None
    read_ring: ReadRing | None = None

    @property
    def weights(self) -> DispatchWeights:
        """Return the weights of the parts of a candidate's cost, from the profile."""
        return self.profile.profile.dispatch_weights

    @property
    def values(self) -> ModeSettings:
        """Return the settings in force, such as the areas in which to look for workers."""
        return self.settings.values

    def offer_expiry(self, priority: int) -> datetime:
        """Return the instant at which an offer made now expires.

        The time to answer depends on the priority. It is counted in the working time of the profile's calendar.
        """
        return clocks.due_at(self.now, self.values.offer_times[priority], self.profile.profile.calendar)
