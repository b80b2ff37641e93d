"""Digests of everything that decides which rows an account receives and how they are masked.

If a digest has changed, devices fetch the affected buckets again.
"""

import hashlib
import zlib
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from app.core.actor import Actor


@lru_cache(maxsize=2_000)
def digest(actor: Actor, *, forms: int) -> str:
    """Return a digest of the actor's rights and row format, to notice that one changed.

    `forms`: version number of the row format.
    """
    grants = sorted(f"{g.role}/{g.area_id}/{g.unit_id}" for g in actor.grants)
    permissions = sorted(actor.permissions)
    return hashlib.sha256("\n".join([str(forms), *grants, "", *permissions]).encode()).hexdigest()[:16]


def global_grounds(jurisdiction_ids: Iterable[UUID], *, constants: str) -> int:
    """Return a checksum of the circumstances that decide the content of the bucket `global`.

    If the checksum changes, devices fetch this bucket again.

    Args:
        jurisdiction_ids: The jurisdictions of the account.
        constants: Text that is part of the rows, such as the table of transitions.
    """
    parts = [*sorted(str(id_) for id_ in jurisdiction_ids), constants]
    return zlib.crc32("".join(parts).encode()) & 0x3FFF_FFFF
