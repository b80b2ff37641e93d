"""A small TCP proxy that breaks connections on purpose: after so many bytes of what the client sends."""

import contextlib
import socket
import struct
import threading


class CuttingProxy:
    """Passes on what comes to 127.0.0.1:`port`, and resets each connection after `after` bytes towards the server."""

    def __init__(self, target: int, *, after: int) -> None:
        self.target, self.after, self.cuts, self.passed = target, after, 0, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self.target)) as server,
        ):
            threading.Thread(target=self._back, args=(server, client), daemon=True).start()
            left = self.after
            while left:
                data = client.recv(min(left, 16_384))
                if not data:
                    return
                server.sendall(data)
                left -= len(data)
                self.passed += len(data)
            self.cuts += 1
            # A close alone would wait for the thread that still reads there.
            server.shutdown(socket.SHUT_RDWR)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @staticmethod
    def _back(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                client.sendall(data)
