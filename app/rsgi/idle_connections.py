"""Closing of idle connections of the HTTP server.

The server itself limits only how long the header of a request may take.

Each process examines its own sockets: Linux records for each TCP connection when data last came and went (TCP_INFO,
`include/uapi/linux/tcp.h`). Event streams send a ping within the limit, and requests end within theirs.
"""

import logging
import os
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("gridward.server")

# struct tcp_info: eight bytes of flags, then 32-bit counters; these two are milliseconds.
_TCP_INFO = struct.Struct("=8B13I")
_LAST_DATA_SENT, _LAST_DATA_RECEIVED = 8 + 9, 8 + 11


class IdleConnections:
    """A thread that closes connections of this process at `port` that were idle for `seconds`.

    A connection is idle while no byte is sent or received.
    """

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._seconds = seconds
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the thread that closes idle connections; it checks four times within the limit."""
        threading.Thread(target=self._watch, name="idle-connections", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(self._seconds / 4):
            try:
                closed = self.close_idle()
            except Exception:
                log.exception("idle connections could not be closed")
            else:
                if closed:
                    log.info("closed %d idle connections", closed)

    def close_idle(self) -> int:
        """Close the connections that are idle now; return their number."""
        closed = 0
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                if not os.readlink(entry).startswith("socket:"):
                    continue
                # A duplicate: the file may be closed meanwhile, and its number belong to another one.
                with socket.socket(fileno=os.dup(int(entry.name))) as connection:
                    closed += self._close_if_idle(connection)
        return closed

    def _close_if_idle(self, connection: socket.socket) -> bool:
        if (
            connection.family not in (socket.AF_INET, socket.AF_INET6)
            or connection.type != socket.SOCK_STREAM
        ):
            return False
        connection.getpeername()  # OSError: it listens
        if connection.getsockname()[1] != self._port:
            return False
        info = _TCP_INFO.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size))
        if min(info[_LAST_DATA_SENT], info[_LAST_DATA_RECEIVED]) < self._seconds * 1000:
            return False
        connection.shutdown(socket.SHUT_RDWR)
        return True
