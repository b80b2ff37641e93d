"""Outgoing requests: attacks with URLs, addresses, names, redirects, TLS, time and size, against real local servers."""

import contextlib
import datetime
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core import outgoing
from app.core.outgoing import Allowed, Limits, OutgoingClient, OutgoingFailed, OutgoingRefused, allowed_of
from app.settings import Settings
from tests.unit.test_public_addresses import NOT_PUBLIC, PUBLIC

# Beside the guarded client: addresses that are settings of the operator (OSRM, object store, mail server), connections of
# this machine, and the kit that tests the client of another program.
MODULES_WITH_CONNECTIONS = {
    "core/outgoing.py",
    "core/deadlines.py",
    "core/streets.py",
    "media/service/object_store.py",
    "messages/service/mail.py",
    "core/child_processes.py",
    "core/child_program.py",
    "rsgi/idle_connections.py",
    "conformance/proxy.py",
    "conformance/server_account.py",
}
LOOPBACK = Allowed(networks=(ip_network("127.0.0.0/8"),))


@contextlib.contextmanager
def server(
    answer: Callable[[socket.socket, bytes], None], tls: ssl.SSLContext | None = None
) -> Iterator[Any]:
    """Serve raw connections. `server.port` is its port, `server.requests` are the heads that arrived."""
    listener = socket.create_server(("127.0.0.1", 0))
    state = type("State", (), {"port": listener.getsockname()[1], "requests": [], "connections": []})

    def converse(connection: socket.socket) -> None:
        state.connections.append(connection)
        with (
            contextlib.suppress(OSError),
            connection,
            tls.wrap_socket(connection, server_side=True) if tls else connection as stream,
        ):
            while head := stream.recv(65_536):
                state.requests.append(head)
                answer(stream, head)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=converse, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield state
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def plain(body: bytes = b"fine", status: str = "200 OK", header: str = "") -> Callable[..., None]:
    head = f"HTTP/1.1 {status}\r\n{header}Content-Length: {len(body)}\r\n\r\n".encode()
    return lambda stream, _: stream.sendall(head + body)


def client(allowed: Allowed = LOOPBACK, **names: str) -> OutgoingClient:
    """Return a client whose names have these addresses (`push_example="127.0.0.1"`)."""
    table = {name.replace("_", "."): addresses.split() for name, addresses in names.items()}
    return OutgoingClient(allowed, resolve=lambda host, port: table[host])


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(OutgoingRefused) as caught:
        call()
    return str(caught.value)


def failed(call: Callable[[], Any]) -> str:
    with pytest.raises(OutgoingFailed) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused_as_literal_and_as_answer_of_dns(address):
    literal = f"[{address}]" if ":" in address else address
    closed = client(Allowed(), push_example=f"{PUBLIC} {address}")
    assert refused(lambda: closed.request("GET", f"https://{literal}/")) == "address"
    assert refused(lambda: closed.request("GET", "https://push.example/")) == "address"
    assert refused(lambda: closed.check("https://push.example/")) == "address"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://push.example/", "scheme"),
        ("https://push.example:8443/", "port"),
        ("https://push.example:22/", "port"),
        ("https://push.example/", None),
    ],
)
def test_public_host_is_reached_by_https_at_port_443_only(url, reason):
    closed = client(Allowed(), push_example=PUBLIC)
    assert (refused(lambda: closed.check(url)) if reason else closed.check(url).host) == (
        reason or "push.example"
    )


def test_connection_goes_to_the_checked_address_when_dns_answers_change():
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    looked_up = []

    def changing(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return next(answers)

    rebound = OutgoingClient(LOOPBACK, resolve=changing)
    with server(plain()) as local:
        assert rebound.request("GET", f"http://push.example:{local.port}/").body == b"fine"
        assert looked_up == ["push.example"]  # looked up once: what was checked is what was connected to
        assert b"Host: push.example:" in local.requests[0]
        assert refused(lambda: rebound.request("GET", f"http://push.example:{local.port}/")) == "scheme"
    assert len(local.requests) == 1


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_redirect_is_refused_and_not_followed(status):
    with server(plain()) as inner:
        targets = ("http://169.254.169.254/latest/meta-data/", f"http://127.0.0.1:{inner.port}/secret")
        for target in targets:
            with server(plain(status=status, header=f"Location: {target}\r\n")) as outer:
                assert (
                    refused(lambda: client().request("GET", f"http://127.0.0.1:{outer.port}/")) == "redirect"
                )
    assert inner.requests == []


def test_operator_allows_named_hosts_and_networks_only():
    settings = Settings(outgoing_allowed=("push.city.example", ip_network("10.20.0.0/16")))
    opened = client(
        allowed_of(settings),
        push_city_example="192.168.1.5",
        inner_example="10.20.1.1",
        mixed_example="10.20.1.1 10.30.1.1",
    )
    assert opened.check("http://push.city.example:8080/x").port == 8080
    assert opened.check("http://inner.example/").host == "inner.example"
    assert refused(lambda: opened.check("https://mixed.example/")) == "address"
    assert refused(lambda: opened.check("https://192.168.1.5/")) == "address"


@pytest.mark.parametrize("value", ["push.city.example,10.20.0.0/16", "push1,::1", "127.0.0.0/8"])
def test_setting_takes_hosts_and_networks(monkeypatch, value):
    monkeypatch.setenv("GRIDWARD_OUTGOING_ALLOWED", value)
    assert len(Settings.from_env().outgoing_allowed) == len(value.split(","))


def test_setting_refuses_what_is_neither_host_nor_network(monkeypatch):
    monkeypatch.setenv("GRIDWARD_OUTGOING_ALLOWED", "https://push.example")
    with pytest.raises(ValueError, match="GRIDWARD_OUTGOING_ALLOWED"):
        Settings.from_env()


def drip(stream: socket.socket, _: bytes) -> None:
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1_000:
            stream.sendall(bytes([byte]))
            time.sleep(0.05)  # pause: slower than the deadline as a whole, faster than a timeout of each read


def drip_body(stream: socket.socket, _: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    drip(stream, b"")


def say_nothing(stream: socket.socket, _: bytes) -> None:
    time.sleep(5)  # pause: longer than the deadline


def resolve_slowly(host: str, port: int) -> list[str]:
    time.sleep(2)  # pause: longer than the deadline
    return ["1.1.1.1"]


@pytest.mark.parametrize("answer", [drip, drip_body, say_nothing])
def test_slow_answer_ends_with_the_deadline_of_the_whole_request(answer):
    with server(answer) as slow:
        began = time.monotonic()
        limits = Limits(seconds=0.4)
        url = f"http://127.0.0.1:{slow.port}/"
        assert failed(lambda: client().request("GET", url, limits=limits)) == "timeout"
        assert time.monotonic() - began < 2


def test_slow_tls_handshake_and_slow_dns_end_with_the_deadline():
    listener = socket.create_server(
        ("127.0.0.1", 0)
    )  # accepts in the kernel, and never answers the handshake
    with listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        assert failed(lambda: client().request("GET", url, limits=Limits(seconds=0.4))) == "timeout"
        hung = OutgoingClient(resolve=resolve_slowly)
        limits = Limits(seconds=0.4)
        assert failed(lambda: hung.request("GET", "https://push.example/", limits=limits)) == "timeout"
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (plain(b"x" * 2_000), "too_large"),
        (plain(header="X-Long: " + "x" * 20_000 + "\r\n"), "too_large"),
        (plain(header="X-Many: 1\r\n" * 200), "malformed"),
        (lambda stream, _: stream.sendall(b"not http\r\n\r\n"), "malformed"),
        (lambda stream, _: stream.close(), "connection"),
    ],
)
def test_answer_beyond_the_limits_or_malformed_fails(answer, reason):
    with server(answer) as local:
        url = f"http://127.0.0.1:{local.port}/"
        assert failed(lambda: client().request("GET", url, limits=Limits(body_bytes=1_000))) == reason


def test_unknown_host_and_closed_port_fail_and_are_not_refused():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    assert (
        failed(lambda: OutgoingClient(resolve=unknown).request("GET", "https://push.example/"))
        == "unknown_host"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failed(lambda: client().request("GET", f"http://127.0.0.1:{port}/")) == "connection"


def test_kept_connection_is_used_again_and_replaced_once_the_server_closed_it():
    with server(plain()) as local, contextlib.closing(OutgoingClient(LOOPBACK, keeps_alive=True)) as patient:
        url = f"http://127.0.0.1:{local.port}/"
        assert [patient.request("GET", url).status for _ in range(3)] == [200, 200, 200]
        assert len(local.connections) == 1
        local.connections[0].shutdown(socket.SHUT_RDWR)
        assert patient.request("GET", url).status == 200
        assert (len(local.connections), len(local.requests)) == (2, 4)


@pytest.mark.parametrize(("checked_s", "lookups"), [(60.0, 1), (0.0, 3)])
def test_kept_client_looks_a_name_up_again_after_its_time(checked_s, lookups):
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    patient = OutgoingClient(LOOPBACK, resolve=resolve, keeps_alive=True, checked_s=checked_s)
    with server(plain()) as local, contextlib.closing(patient):
        for _ in range(3):
            assert patient.request("GET", f"http://push.example:{local.port}/").status == 200
        assert (len(looked_up), len(local.connections)) == (lookups, 1)


def test_kept_client_looks_a_name_up_again_after_a_failure():
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    patient = OutgoingClient(LOOPBACK, resolve=resolve, keeps_alive=True, checked_s=60.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://push.example:{listener.getsockname()[1]}/"
    for lookups in (1, 2):
        assert failed(lambda: patient.request("GET", closed)) == "connection"
        assert len(looked_up) == lookups


def test_kept_connection_is_not_used_when_its_name_has_another_address_now():
    """A name that moves to a private address is refused once its look-up is old; the kept connection is no way around it."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    rebound = OutgoingClient(
        LOOPBACK, resolve=lambda host, port: next(answers), keeps_alive=True, checked_s=0.0
    )
    with server(plain()) as local, contextlib.closing(rebound):
        url = f"http://push.example:{local.port}/"
        assert rebound.request("GET", url).status == 200
        assert refused(lambda: rebound.request("GET", url)) == "scheme"
    assert len(local.requests) == 1


def test_kept_connection_with_bytes_that_nobody_asked_for_is_not_used_again():
    with server(plain()) as local, contextlib.closing(OutgoingClient(LOOPBACK, keeps_alive=True)) as patient:
        url = f"http://127.0.0.1:{local.port}/"
        for number in range(1, 4):
            assert patient.request("GET", url).status == 200
            assert len(local.connections) == number
            local.connections[-1].sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            (idle,) = patient._idle
            assert select.select([idle.sock], [], [], 10)[0]


def test_request_needs_no_thread_of_its_own_and_leaves_in_one_packet():
    started: list[str] = []
    with server(plain()) as local, contextlib.closing(OutgoingClient(LOOPBACK, keeps_alive=True)) as patient:
        url = f"http://127.0.0.1:{local.port}/"
        patient.request("GET", url)
        start = threading.Thread.start

        def noted(thread: threading.Thread) -> None:
            started.append(thread.name)
            start(thread)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threading.Thread, "start", noted)
            for _ in range(20):
                assert patient.request("POST", url, body=b"x" * 500).status == 200
    assert started == []
    assert all(request.endswith(b"x" * 500) for request in local.requests[1:])
    assert len(local.requests) == 21


def test_deadline_of_a_request_does_not_end_a_later_one_on_the_same_connection():
    answers = iter([0.0, 0.5])

    def slower(stream: socket.socket, _: bytes) -> None:
        time.sleep(next(answers))  # pause: the second answer comes after the deadline of the first request
        stream.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(slower) as local, contextlib.closing(OutgoingClient(LOOPBACK, keeps_alive=True)) as patient:
        url = f"http://127.0.0.1:{local.port}/"
        assert patient.request("GET", url, limits=Limits(seconds=0.3)).status == 204
        assert patient.request("GET", url, limits=Limits(seconds=20)).status == 204
        assert len(local.connections) == 1


def test_no_other_module_of_the_server_opens_connections():
    root = Path(outgoing.__file__).parents[1]
    clients = re.compile(
        r"^\s*(?:import|from) (?:urllib3|requests|httpx|aiohttp|http\.client|urllib\.request|obstore|socket)\b",
        re.M,
    )
    modules = {str(path.relative_to(root)) for path in root.rglob("*.py") if clients.search(path.read_text())}
    assert modules == MODULES_WITH_CONNECTIONS


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Write a self-signed certificate of a name to `folder`, and return the context of its server."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    encoding, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        signed.public_bytes(encoding) + key.private_bytes(encoding, pkcs8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_certificate_is_verified_for_the_name_at_the_pinned_address(tmp_path):
    with server(plain(), certificate(tmp_path, "push.example")) as local:
        trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        names = {"push.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
        secure = OutgoingClient(LOOPBACK, resolve=lambda host, port: names[host], tls=trusting)
        assert secure.request("GET", f"https://push.example:{local.port}/").status == 200
        assert failed(lambda: secure.request("GET", f"https://other.example:{local.port}/")) == "tls"
        unknown = client(push_example="127.0.0.1")
        assert failed(lambda: unknown.request("GET", f"https://push.example:{local.port}/")) == "tls"
