"""Transactions of several kinds that run at once, each kind again and again."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

# Enough of each kind, unless the time is over before.
_TIMES, _SECONDS = 20, 60.0
Act = Callable[[Session, int], None]


def run_at_once(
    engine: Engine, acts: Sequence[tuple[str, Act]]
) -> tuple[dict[str, int], list[BaseException]]:
    """Repeat acts in a thread each, in transactions of their own, until each kind has run 20 times or one has failed.

    Args:
        acts: The kind of each act and its function, which gets a session and the number of its thread.

    Returns:
        How often each kind has run, and the errors.
    """
    done, errors, stop = (
        Counter({kind: 0 for kind, _ in acts}),
        list[BaseException](),
        time.monotonic() + _SECONDS,
    )

    def repeat(kind: str, act: Act, number: int) -> None:
        try:
            while time.monotonic() < stop and not errors and min(done.values()) < _TIMES:
                with Session(engine) as session, session.begin():
                    act(session, number)
                done[kind] += 1
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=repeat, args=(kind, act, number)) for number, (kind, act) in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(done), errors
