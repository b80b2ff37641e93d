"""The relay: a thread that reads the change log and passes changes to the process's hub.

The relay reads only while event streams are open. Each process has its own relay, so that the end of one process does not
affect others. If the database cannot be reached for a time, the changes of this time are read afterwards, because each
reading starts at the position of the last one. NOTIFY is not used.
"""

import asyncio
import logging
import threading
import time

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import service as accounts
from app.core import logins
from app.core.db.pool import make_engine
from app.core.metrics import HINT_LAG, HINT_READ_SECONDS
from app.settings import Settings
from app.sync.queries import events as queries
from app.sync.rules.events import Position
from app.sync.service.hub import Hub

log = logging.getLogger("gridward.events")

READ_INTERVAL_S = 0.1
# After a reading the thread pauses so many times as long as the reading took: a slow log is read less often.
REST_FACTOR = 4
BACK_OFF_SECONDS = (0.2, 5.0)
# More changed buckets than these are not named: all listeners pull everything.
MAX_BUCKETS = 5_000
STATEMENT_TIMEOUT_MS = 10_000


class Relay:
    """The thread that reads the change log and passes changes to a hub.

    It reads only while event streams are open. Its methods `start`, `close` and `stop` are for other threads.
    """

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._url = logins.url_of(settings, logins.APP)
        self._hub = hub
        self._since: Position | None = None
        self._change = threading.Condition()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        hub.wanted = self._want

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the hub on the event loop, and start the thread."""
        self._loop = loop
        self._hub.start(loop)
        self._thread.start()

    def close(self) -> None:
        """End all event streams."""
        self._hub.close()

    def stop(self) -> None:
        """Stop the checks of the hub and the thread."""
        self._hub.stop()
        with self._change:
            self._is_stopped = True
            self._change.notify_all()
        self._thread.join(timeout=1)

    def _want(self, since: Position | None) -> None:
        with self._change:
            self._since = since
            self._change.notify_all()

    def _run(self) -> None:
        engine = _engine(self._url)
        failures = 0
        while not self._is_stopped:
            with self._change:
                self._change.wait_for(lambda: self._is_stopped or self._since is not None)
                since = self._since
            if since is None:
                continue
            started = time.monotonic()
            try:
                self._read(engine, since)
                failures = 0
            except SQLAlchemyError as error:
                failures += 1
                log.warning("change log not read: %s", error)
            except Exception:
                failures += 1
                log.exception("change log not read")
            elapsed_s = time.monotonic() - started
            pause_s = max(READ_INTERVAL_S - elapsed_s, elapsed_s * REST_FACTOR)
            if failures:
                pause_s = min(BACK_OFF_SECONDS[0] * 2**failures, BACK_OFF_SECONDS[1])
            with self._change:
                self._change.wait_for(lambda: self._is_stopped, timeout=pause_s)
        engine.dispose()

    def _read(self, engine: Engine, since: Position) -> None:
        listeners = self._hub.take_unchecked()
        try:
            with engine.connect() as connection, HINT_READ_SECONDS.time():
                read = queries.changed_since(connection, since, limit=MAX_BUCKETS)
                sessions = [listener.subscription.session_id for listener in listeners]
                epochs = accounts.session_epochs(connection, sessions) if sessions else {}
        except BaseException:
            self._hub.check(listeners)
            raise
        if read.lag_seconds is not None:
            HINT_LAG.observe(read.lag_seconds)
        self._loop.call_soon_threadsafe(self._hub.judge, listeners, epochs)
        with self._change:
            if self._since is not since:
                return  # all listeners left meanwhile, and perhaps others came
            self._since = read.position
        self._loop.call_soon_threadsafe(self._hub.apply, read.position, read.changes)


def _engine(url: str) -> Engine:
    """Return a database engine with one connection for the thread of the relay.

    PostgreSQL plans each statement for its position in the log (custom plan), because a generic plan would read a third of
    the change log.
    """
    parsed = make_url(url)
    options = parsed.query.get("options", "")
    planned = f"{options} -c plan_cache_mode=force_custom_plan".strip()
    return make_engine(
        parsed.update_query_dict({"options": planned}).render_as_string(hide_password=False),
        pool_size=1,
        statement_timeout_ms=STATEMENT_TIMEOUT_MS,
        is_reader=True,
    )
