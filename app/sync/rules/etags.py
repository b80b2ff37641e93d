"""ETag of a bucket: a digest of the circumstances that decide its content, and its snapshot.

A device that sends the tag gets 304 where no change of the bucket came after that snapshot. Tags are not signed: a forged tag
harms its author only.
"""

import hashlib
import re
from uuid import UUID

from app.sync.rules.tokens import shortened

_FORM = re.compile(r"([0-9a-f]{24})\.([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19})*)?)")
_HIGHEST = 2**63


def write(snapshot: str, **made_for: object) -> str:
    """Return the ETag of a bucket: a digest of `made_for`, and the snapshot.

    `made_for`: everything besides the rows that decides the content of the response.
    """
    return f"{_digest(made_for)}.{shortened(snapshot)}"


def read(tag: str, **made_for: object) -> str | None:
    """Return the snapshot of an ETag, or None if it was made for other circumstances than these."""
    match = _FORM.fullmatch(tag)
    if match is None or match[1] != _digest(made_for):
        return None
    xmin, xmax, active = int(match[2]), int(match[3]), [int(x) for x in match[4].split(",") if x]
    is_whole = 0 < xmin <= xmax < _HIGHEST and active == sorted(set(active))
    is_within = all(xmin <= xid < xmax for xid in active)
    return tag.partition(".")[2] if is_whole and is_within else None


def _digest(made_for: dict[str, object]) -> str:
    parts = [f"{name}={value.hex if isinstance(value, UUID) else value}" for name, value in made_for.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
