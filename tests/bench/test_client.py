"""The load generator of the benchmark that is used where wrk is not installed."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import client


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200 if self.path == "/good" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("connections", (1, 2, 3))
def test_bench_client_counts_responses_and_failures_per_connection(connections):
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        good = client._python_client(base, [client.Call("/good")], {}, 0.2, connections)
        mixed = client._python_client(base, [client.Call("/good"), client.Call("/bad")], {}, 0.2, connections)
        server.shutdown()
    assert good.bad == 0 < good.rps
    assert mixed.bad > 0
