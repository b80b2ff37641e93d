"""Open-loop load: requests come when they are due, and their latencies count from then."""

import asyncio
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.crowd_client import Kind, Person, Sample, load, rows
from bench.overload import goodput, recovery_s
from bench.town import by_duty


class Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.3)  # pause: the server is slower than the load
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def test_load_sends_what_is_due_although_answers_are_late():
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        crowd, two = [[Person(base, f"person-{n}") for n in range(number)] for number in (40, 2)]

        def asks(path):
            async def ask(person):
                return (await person.ask("GET", path))[0]

            return ask

        kinds = [
            Kind("slow", 20, crowd, asks("/slow")),
            Kind("busy", 5, two, asks("/busy")),
            Kind("none", 0, two, asks("/slow")),
        ]

        async def play():
            samples = await load(kinds, 2.0, factor=2)
            for person in (*crowd, *two):
                person.close()
            return samples

        samples = asyncio.run(play())
        server.shutdown()
    slow, busy = samples["slow"], samples["busy"]
    assert 40 <= slow.offered <= 130, "40 a second are due for 2 s, whatever the server does"
    assert slow.good > 0.9 * slow.offered
    assert slow.percentile_ms(0.5) >= 300
    assert busy.good == 0
    assert busy.not_sent > 0, "two people cannot send ten a second to this server"
    assert samples["none"].offered == 0
    assert len(rows(samples)) == 5


def test_lost_connection_is_an_answer_and_the_next_request_gets_another():
    answers = [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 204 No Content\r\n\r\n"]
    # The first is asked again, because nothing of an answer came. The second breaks off within the head.

    def serve(listener):
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    async def play(base):
        person = Person(base, "person")
        statuses = [(await person.ask("GET", "/"))[0] for _ in range(2)]
        person.close()
        return statuses

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        statuses = asyncio.run(play(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    assert statuses == [0, 204]


def test_one_connection_carries_one_request_at_a_time():
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        person = Person(f"http://127.0.0.1:{server.server_port}", "person")

        async def play():
            await person.ask("GET", "/")
            answers = await asyncio.gather(
                *(person.ask("GET", "/") for _ in range(2)), return_exceptions=True
            )
            person.close()
            return answers

        first, second = asyncio.run(play())
        server.shutdown()
    assert first == (200, b"{}")
    assert isinstance(second, RuntimeError)


def test_goodput_counts_answers_in_time_only():
    sample = Sample(10.0, timeline=[(0.1, 0.2), (1.0, 4.9), (2.0, 5.1), (9.0, 1.1)])
    assert goodput({"a": sample}, 10.0) == 0.2, "one was late, and one came after the end"


def test_recovery_is_the_first_second_from_which_five_are_normal():
    normal = [(second + n / 100, 0.01) for second in range(10) for n in range(50)]
    slow = [(second + 0.5 + n / 100, 1.0) for second in (0, 1, 2) for n in range(10)]
    assert recovery_s({"a": Sample(10.0, timeline=normal)}, 100) == 0
    assert recovery_s({"a": Sample(10.0, timeline=[*normal, *slow])}, 100) == 3
    assert recovery_s({"a": Sample(10.0, timeline=[(n / 10, 1.0) for n in range(300)])}, 100) == 30


def test_rates_of_a_day_follow_the_recorded_months():
    numbers = by_duty()
    assert 0.3 < numbers["report"] < 1
    assert numbers["accept"] > numbers["report"], "some offers are asked of a second worker"
    assert all(number > 0 for number in numbers.values())
