"""A network gate between browser and server: one port that can be shut and opened again."""

import contextlib
import socket
import threading
from collections.abc import Callable

from tests.live.processes import free_port


class Gate:
    def __init__(self, to: int) -> None:
        self.port, self._to = free_port(), to
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.sent = 0  # bytes that went towards the server
        self.patches: list[bytes] = []  # heads of the requests by PATCH that went towards the server
        self._most: int | None = None
        self._cut: bytes | None = None
        self.cuts = 0
        self.open()

    def open(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    @property
    def is_shut(self) -> bool:
        return self._listener is None

    def shut_after(self, sent: int) -> None:
        """Shut as soon as so many more bytes went towards the server."""
        self._most = self.sent + sent

    def cut_answer_to(self, request: bytes) -> None:
        """The next request that begins so is answered by the head and a few bytes, and then the connection ends."""
        self._cut = request

    def shut(self) -> None:
        """Nobody gets through any more, and what is under way ends."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                if self._listener is not listener:
                    return
                continue  # whoever asked has gone again
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            is_cut = threading.Event()
            for carry in (self._send, self._answer):
                ends = (near, far) if carry == self._send else (far, near)
                threading.Thread(target=self._pump, args=(*ends, carry, is_cut), daemon=True).start()

    def _send(self, data: bytes, target: socket.socket, is_cut: threading.Event) -> None:
        if self._cut is not None and data.startswith(self._cut):
            self._cut = None
            is_cut.set()
        if data.startswith(b"PATCH "):
            self.patches.append(data.partition(b"\r\n\r\n")[0])
        target.sendall(data)
        self.sent += len(data)
        if self._most is not None and self.sent >= self._most:
            self._most = None
            self.shut()

    def _answer(self, data: bytes, target: socket.socket, is_cut: threading.Event) -> None:
        if not is_cut.is_set():
            target.sendall(data)
            return
        head, end, body = data.partition(b"\r\n\r\n")
        target.sendall(head + end + body[:10])
        self.cuts += 1
        raise ConnectionAbortedError

    def _pump(
        self,
        source: socket.socket,
        target: socket.socket,
        carry: Callable[[bytes, socket.socket, threading.Event], None],
        is_cut: threading.Event,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                carry(data, target, is_cut)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.discard(source)
        source.close()
