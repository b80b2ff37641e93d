"""What decides which rows an account gets and how they are masked, as a short digest."""

import hashlib
import zlib
from collections.abc import Iterable
from uuid import UUID

from app.core.actor import Actor


def digest(actor: Actor, *, forms: int) -> str:
    """Changes with any grant or permission of the actor, and with the forms of rows."""
    grants = sorted(f"{g.role}/{g.area_id}/{g.unit_id}" for g in actor.grants)
    permissions = sorted(actor.permissions)
    return hashlib.sha256("\n".join([str(forms), *grants, "", *permissions]).encode()).hexdigest()[:16]


def way_of_rules(jurisdiction_ids: Iterable[UUID]) -> int:
    """Another number where the rules and units of other jurisdictions are hers."""
    return zlib.crc32("".join(sorted(str(j) for j in jurisdiction_ids)).encode()) & 0x3FFF_FFFF
