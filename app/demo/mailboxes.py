"""E-mail addresses of some invented residents, with their consent to notices by e-mail."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy.orm import Session

from app.demo import queries
from app.demo.people import City
from app.households import service as households

# Who was a child in the recorded months has no address.
_BORN_AT_LATEST = 2005
# One adult in so many has an address; of these all but one in so many consented.
_ADULTS_PER_ADDRESS, _ADDRESSES_PER_REFUSAL = 3, 4


def add_addresses(session: Session, city: City) -> int:
    """Store the addresses, and the consents that the workers of the grids took. Return the number of new addresses.

    The ids of the residents decide who has one. Names under `.invalid` belong to nobody (RFC 6761), so no message arrives.
    """
    residents = queries.adults_without_address(session, city.jurisdiction_id, born_at_latest=_BORN_AT_LATEST)
    by_grid, count = defaultdict[UUID, list[queries.Adult]](list), 0
    for resident in residents:
        if resident.id.int % _ADULTS_PER_ADDRESS == 0:
            by_grid[resident.grid_id].append(resident)
    for code, person in city.worker_of.items():
        actor, chosen = city.actor(person), by_grid.pop(city.area_ids[code], [])
        changes = [
            (r.id, r.version, {"email": f"resident-{r.id.hex[-8:]}@mail.gridward.invalid"}) for r in chosen
        ]
        if chosen:
            households.change_residents(session, actor, changes)
            count += len(chosen)
        for number, resident in enumerate(chosen):
            if number % _ADDRESSES_PER_REFUSAL:
                households.add_consent(
                    session,
                    actor,
                    household_id=resident.household_id,
                    resident_id=resident.id,
                    id=city.id_of(f"consent:e-mail:{resident.id}"),
                    purpose="邮件通知",
                    given_by_way="spoken",
                )
    return count
