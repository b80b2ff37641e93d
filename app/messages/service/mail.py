"""E-mail by SMTP (RFC 5321), over TLS unless the operator chose a server without it on the way."""

import smtplib
import socket
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from app.core.deadlines import Deadline
from app.core.outbox import Outcome, Result
from app.message_settings import MAIL_SERVER
from app.messages.rules.outbox import Ready
from app.settings import Settings

# Of one attempt, from the look-up of the name to the answer to the words.
SECONDS = 30.0
_PORTS = {"smtp": 587, "smtps": 465, "smtp-plain": 25}
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def secret_of(path: Path | None) -> str:
    """Return the secret in a file, without white space around it. It is read at each attempt, so it can be changed."""
    return path.read_text().strip() if path is not None else ""


class _Server(smtplib.SMTP):
    """A connection that ends when the time of the attempt has passed, however slowly the server answers."""

    def __init__(
        self, host: str, port: int, deadline: Deadline, *, tls: ssl.SSLContext | None, local_hostname: str
    ) -> None:
        self.deadline, self.implicit_tls = deadline, tls
        super().__init__(host, port, local_hostname=local_hostname, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        connection = socket.create_connection((host, port), timeout=self.deadline.left_s())
        self.deadline.watch(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.implicit_tls is None:
            return connection
        return self.implicit_tls.wrap_socket(connection, server_hostname=host)


class MailChannel:
    """The mail server of the operator. A password is sent over TLS only."""

    def __init__(self, settings: Settings, *, tls: ssl.SSLContext | None = None) -> None:
        match = MAIL_SERVER.fullmatch(settings.mail_server)
        if match is None:
            raise ValueError("GRIDWARD_MAIL_SERVER: a URL such as smtp://user@mail.example:587 is needed")
        self._scheme, self._user, self._host, port = match.groups()
        self._host = self._host.strip("[]")
        self._port = int(port) if port else _PORTS[self._scheme]
        self._from = settings.mail_from
        self._password_file = settings.mail_password_file
        self._tls = tls or ssl.create_default_context()

    def send(self, ready: Ready) -> Outcome:
        deadline = Deadline(SECONDS)
        try:
            return self._send(ready, deadline)
        finally:
            deadline.end()

    def _send(self, ready: Ready, deadline: Deadline) -> Outcome:
        try:
            with self._connected(deadline) as server:
                server.send_message(self.message_of(ready), self._from, [ready.message.address])
        except smtplib.SMTPRecipientsRefused as error:
            return _of_code(next(iter(error.recipients.values()))[0])
        except smtplib.SMTPAuthenticationError:
            return Outcome(Result.RETRY, "login")  # the operator corrects it
        except smtplib.SMTPResponseException as error:
            return _of_code(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Outcome(Result.RETRY, "tls")  # nothing is sent without the TLS or login that was asked for
        except ssl.SSLError:
            return Outcome(Result.RETRY, "timeout" if deadline.has_passed else "tls")
        except (OSError, smtplib.SMTPException):
            return Outcome(Result.RETRY, "timeout" if deadline.has_passed else "connection")
        except ValueError:
            return Outcome(Result.REFUSED, "malformed")
        return Outcome(Result.SENT)

    def _connected(self, deadline: Deadline) -> _Server:
        tls = self._tls if self._scheme == "smtps" else None
        name = self._from.rpartition("@")[2]
        server = _Server(self._host, self._port, deadline, tls=tls, local_hostname=name)
        try:
            self._secure(server)
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: _Server) -> None:
        if self._scheme == "smtp":
            server.starttls(context=self._tls)
        if self._user and self._scheme != "smtp-plain":
            server.login(self._user, secret_of(self._password_file))

    def message_of(self, ready: Ready) -> EmailMessage:
        """Return the message (RFC 5322). A repeated attempt has the same `Message-ID`."""
        message, content = ready.message, ready.content
        domain = self._from.rpartition("@")[2]
        mail = EmailMessage()
        mail["From"] = Address(content.sender, addr_spec=self._from)
        mail["To"] = message.address
        mail["Subject"] = content.subject
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.message_id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notices
        if content.stop_url:
            mail["List-Unsubscribe"] = f"<{content.stop_url}>"
            if content.stop_url.startswith("https://"):
                mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(content.text)
        # After the content, which removes such fields.
        mail["Content-Language"] = _LANGUAGES[message.language]
        return mail


def _of_code(code: int) -> Outcome:
    """Return the outcome of a reply of the server: 4yz may succeed later, 5yz never (RFC 5321 4.2.1)."""
    return Outcome(Result.REFUSED if 500 <= code < 600 else Result.RETRY, f"status {code}")
