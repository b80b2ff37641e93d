"""The server with a bug planted in it, to see that the crowd's verdict would find one. Nothing in app/ knows of it.

`main` runs in the parent, forked from a process that has made the application (tests/live/warm.py); its worker processes
ask this module for `application` and plant then, each the bug that PLANT names.
"""

import os
from typing import Any

ENTRY = "tests.sync.planted:main"


def sequence_cursor() -> None:
    """Changes are told by number: only those above all that had begun when the phone last asked."""
    from app.sync.queries import changes

    between = changes._between
    running = "c.xid = any(array(select pg_snapshot_xip(cast(:prev as pg_snapshot))))"
    assert running in between("pg_current_snapshot()")
    changes._between = lambda cur: between(cur).replace(running, "false")  # type: ignore[assignment]


def no_operation_check() -> None:
    """Every operation counts as never seen."""
    from app.sync.queries import push

    claim = push.claim

    def forgetful(session: Any, principal: str, operations: Any, *, now: Any) -> set[str]:
        claim(session, principal, operations, now=now)
        return {key for key, _ in operations}

    push.claim = forgetful


def no_tombstones() -> None:
    """Nobody is told that a row has gone."""
    from app.sync.service import pull_pages

    live = pull_pages._live

    def silent(*of: Any) -> list[bytes]:
        return [row for row in live(*of) if not row.endswith(b'"op":"R"}')]

    pull_pages._live = silent  # type: ignore[assignment]


PLANTS = {
    "sequence": sequence_cursor,
    "operations": no_operation_check,
    "tombstones": no_tombstones,
}


def __getattr__(name: str) -> Any:
    """`application`, made when granian's worker asks for it."""
    if name != "application":
        raise AttributeError(name)
    PLANTS[os.environ["PLANT"]]()
    from app.server import application

    return application


def main() -> None:
    from app import serving
    from app.settings import Settings

    # The one thing that differs from `gridward serve` is what the worker processes import.
    class Planted(serving.Server):
        def __init__(self, target: str, **options: Any) -> None:
            super().__init__("tests.sync.planted:application", **options)

    serving.Server = Planted  # type: ignore[misc]
    serving.serve(Settings.from_env())
