"""The revisions of a database from which this version can upgrade it.

The revisions of `migrations/versions` are known. Those from before version 0.2.0, which one baseline replaced, are listed in
`migrations/replaced_revisions.txt`.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from app.core import logins

REPLACED_FILE = Path(__file__).parents[2] / "migrations" / "replaced_revisions.txt"
VERSIONS = REPLACED_FILE.parent / "versions"
_REVISION = re.compile(r'^(down_)?revision = "([^"]+)"', re.MULTILINE)
MANUAL = f"{logins.MANUAL.partition(',')[0]}, Upgrades"


class RevisionRefused(Exception):
    """Raised for a database that this version cannot upgrade.

    The message begins with a stable code, and tells the operator what to do.
    """


def newest_revision() -> str:
    """Return the revision of `migrations/versions` that no other one follows. Alembic is not loaded for it."""
    names: dict[str, set[str]] = {"": set(), "down_": set()}
    for path in VERSIONS.glob("*.py"):
        for is_down, name in _REVISION.findall(path.read_text()):
            names[is_down].add(name)
    (newest,) = names[""] - names["down_"]
    return newest


def require_upgradable(revisions: Iterable[str], available: Collection[str]) -> None:
    """Check the revisions of a database before it is migrated.

    Args:
        revisions: What the table `alembic_version` holds; nothing in an empty database.
        available: The revisions of `migrations/versions`.

    Raises:
        RevisionRefused: A revision is from before version 0.2.0, or is not known at all.
    """
    replaced = set(REPLACED_FILE.read_text().split())
    for revision in sorted(set(revisions) - set(available)):
        if revision in replaced:
            raise RevisionRefused(
                f"schema_before_0_2_0: the database is at revision {revision}, from before version 0.2.0. Upgrade it with"
                f" the last version 0.1 first (`gridward db upgrade` of that version), then repeat this ({MANUAL})."
            )
        raise RevisionRefused(
            f"schema_unknown: the database is at revision {revision}, which this version does not know. A newer version"
            f" has migrated it: install that one, or restore a backup from before ({MANUAL})."
        )
