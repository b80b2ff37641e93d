"""Connections for frequent reads that are handed from one statement to the next without SQLAlchemy's pool.

The pool makes a proxy for each use of a connection, with locks, weak references and events: some forty calls of functions.
A statement of `read_one` needs a connection for a moment and leaves nothing behind. So a few connections of the engine of
such statements are detached from its pool and held here. Only if none is free, a statement takes one from the pool.
"""

import select
import threading
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, PoolProxiedConnection, event

from app.core.db.prepared_reads import PreparedReads, prepared_reads


class Link:
    """A connection that one statement uses. `proxy`: that of the pool; None: the connection is held."""

    __slots__ = ("driver", "generation", "poller", "proxy", "reads")

    def __init__(self, proxy: PoolProxiedConnection, generation: int) -> None:
        self.proxy: PoolProxiedConnection | None = proxy
        self.driver: Any = proxy.driver_connection
        self.reads: PreparedReads = prepared_reads(proxy.info, self.driver)
        self.generation = generation
        self.poller: Any = None

    def is_open(self) -> bool:
        """Return False if PostgreSQL has closed a held connection; the function only looks for data on the socket."""
        try:
            while self.poller.poll(0):
                self.driver.pgconn.consume_input()  # raises at the end of the stream
        except psycopg.OperationalError:
            return False
        return True


class HeldConnections:
    """The held connections of one engine, whose connections have no transactions of their own.

    Attributes:
        most: So many connections are held.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self.most = most
        self._engine = engine
        self._idle: list[Link] = []
        self._number = 0
        # Connections of an earlier generation are closed when they are returned.
        self._generation = 0
        self._lock = threading.Lock()
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def take(self) -> Link:
        """Return a connection for one statement: a held one, the last one first, or else one from the pool."""
        while True:
            try:
                link = self._idle.pop()
            except IndexError:
                return Link(self._engine.raw_connection(), self._generation)
            if link.is_open():
                return link
            link.driver.close()
            self.close()  # the others are gone, too

    def give_back(self, link: Link) -> None:
        """Hold a connection after its statement, or return it to its pool. It is closed if it has a transaction open."""
        is_free = link.driver.pgconn.transaction_status == TransactionStatus.IDLE
        if link.proxy is None and is_free and link.generation == self._generation:
            self._idle.append(link)
        elif link.proxy is None:
            self._close(link)
        elif is_free and self._has_room(link):
            link.proxy.detach()
            link.proxy = None
            link.poller = select.poll()
            link.poller.register(link.driver.fileno(), select.POLLIN)
            self._idle.append(link)
        else:
            link.proxy.close()

    def discard(self, link: Link, error: BaseException) -> None:
        """Close a connection that is lost."""
        if link.proxy is None:
            self._close(link)
        else:
            link.proxy.invalidate(error)
            link.proxy.close()

    def close(self) -> None:
        """Close the connections that are held, those in use after their statements."""
        with self._lock:
            self._generation += 1
            self._number = 0
            idle, self._idle = self._idle, []
        for link in idle:
            link.driver.close()

    def _has_room(self, link: Link) -> bool:
        with self._lock:
            has_room = self._number < self.most and link.generation == self._generation
            self._number += has_room
        return has_room

    def _close(self, link: Link) -> None:
        link.driver.close()
        with self._lock:
            self._number -= link.generation == self._generation
