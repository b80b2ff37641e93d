"""A mail server (RFC 5321, with STARTTLS and AUTH PLAIN) and an SMS gateway on this machine, with real sockets."""

import base64
import contextlib
import datetime
import email
import email.policy
import http.server
import ipaddress
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_certificate(folder: Path, *names: str) -> Path:
    """Write key and self-signed certificate for names of hosts and 127.0.0.1 into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of tests")])
    now = datetime.datetime.now(datetime.UTC)
    subjects: list[x509.GeneralName] = [x509.DNSName(each) for each in names]
    subjects.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "mail.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@dataclass
class MailServer:
    """A mail server. `answer` gets each command line and returns a reply in place of the usual one, or None.

    Attributes:
        released: While it is not set, the reply to the words of a message does not come.
    """

    port: int = 0
    has_tls: bool = True
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    answer: Callable[[str], str | None] = lambda _: None
    released: threading.Event = field(default_factory=threading.Event)
    certificate: Path | None = None

    def __post_init__(self) -> None:
        self.released.set()


class _Mail(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    owner: MailServer

    def say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")
        self.wfile.flush()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.connection.close()

    def handle(self) -> None:
        self.is_secure = False
        with contextlib.suppress(OSError):
            self.say("220 mail.example ESMTP")
            while received := self.rfile.readline(2_000):
                command = received.decode().strip()
                self.owner.commands.append(command)
                reply = self.owner.answer(command)
                if reply == "cut":
                    return
                if reply is not None:
                    self.say(reply)
                elif not self.reply(command):
                    return

    def reply(self, command: str) -> bool:
        word = command.split(" ")[0].upper()
        if word == "EHLO":
            if self.owner.has_tls and not self.is_secure:
                self.say("250-mail.example\r\n250 STARTTLS")
            else:
                self.say("250-mail.example\r\n250 AUTH PLAIN")
        elif word == "STARTTLS":
            self.say("220 go ahead")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            assert self.owner.certificate is not None
            context.load_cert_chain(self.owner.certificate)
            secure = context.wrap_socket(self.connection, server_side=True)
            self.connection = secure
            self.rfile, self.wfile = secure.makefile("rb"), secure.makefile("wb")
            self.is_secure = True
        elif word == "AUTH":
            _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
            self.owner.logins.append((user, password))
            self.say("235 welcome" if password == "right" else "535 wrong")
        elif word == "DATA":
            self.say("354 go on")
            parts = []
            while (part := self.rfile.readline()) not in (b".\r\n", b""):
                parts.append(part[1:] if part.startswith(b".") else part)
            letter = email.message_from_bytes(b"".join(parts), policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            self.owner.letters.append(letter)
            self.owner.released.wait(30)
            self.say("250 taken")
        elif word == "QUIT":
            self.say("221 bye")
            return False
        else:
            if word == "RCPT":
                self.owner.recipients.append(command.partition("<")[2].rstrip(">"))
            self.say("250 ok")
        return True


@contextlib.contextmanager
def _serving(server: Any) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def mail_serving(certificate: Path) -> Iterator[MailServer]:
    """Run a mail server on a port of this machine."""
    owner = MailServer(certificate=certificate)
    handler = type("Handler", (_Mail,), {"owner": owner})
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)) as owner.port:
        yield owner


@dataclass
class Gateway:
    """An SMS gateway. `answer` gets each message and returns status and headers, or None to cut the connection."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, str]] | None] = lambda _: (202, {})
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.released.set()

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]


class _Sms(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Gateway

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.owner.messages.append(message)
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.owner.released.wait(30)
        answer = self.owner.answer(message)
        if answer is None:
            self.close_connection = True
            self.connection.close()
            return
        with contextlib.suppress(OSError):
            self.send_response(answer[0])
            for name, value in answer[1].items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def gateway_serving() -> Iterator[Gateway]:
    """Run an SMS gateway on a port of this machine."""
    owner = Gateway()
    handler = type("Handler", (_Sms,), {"owner": owner})
    with _serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        owner.url = f"http://127.0.0.1:{port}/messages"
        yield owner
