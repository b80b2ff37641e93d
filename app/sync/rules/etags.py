"""ETags of buckets: a database snapshot, and a digest of everything else that matters.

If a device sends the tag, it gets 304 if the bucket has no change after this snapshot. Tags are not signed, because a
device that forges a tag harms only itself.
"""

import hashlib
import re
from uuid import UUID

from app.sync.rules.tokens import shortened

_FORM = re.compile(r"([0-9a-f]{24})\.([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19})*)?)")
_HIGHEST = 2**63


def write(snapshot: str, **made_for: object) -> str:
    """Return the ETag of a bucket.

    `made_for`: all circumstances besides the rows that decide the content of the response, such as the account.
    """
    return f"{_digest(made_for)}.{shortened(snapshot)}"


def read(tag: str, **made_for: object) -> str | None:
    """Return the snapshot in an ETag, or None if the tag was made for other circumstances.

    `made_for`: as for `write`.
    """
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
