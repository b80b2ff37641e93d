"""The channel Web Push: a request to the push service of the browser (RFC 8030), encrypted for the browser alone."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from app.alerts.rules import encryption
from app.alerts.rules.messages import URGENT, Message
from app.core import clock
from app.core.key_files import read_or_create_key
from app.core.outbox import Outcome, Result, seconds_of
from app.core.outgoing import Limits, OutgoingFailed, OutgoingRefused, allowed_of, client_with
from app.core.public_addresses import parse_url
from app.settings import Settings

KEY_FILE = "vapid-key.pem"
LIMITS = Limits(seconds=15, body_bytes=20_000)
GONE = (404, 410)
BUSY = 429
TOPIC_LENGTH = 32


@lru_cache
def sender_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key that names this server to push services, and create its file if it is missing.

    A browser binds its subscription to this key. With another key all browsers have to subscribe again.
    """
    private = read_or_create_key(path, lambda: ec.generate_private_key(encryption.CURVE))
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != encryption.CURVE.name:
        raise ValueError(f"{path} does not hold a P-256 key")
    return private


def key_of(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """Return the key of the server, which is in a file beside the signing key."""
    return sender_key(settings.signing_key_file.with_name(KEY_FILE))


class WebPush:
    """The channel Web Push, with the key of the server and the guarded client."""

    def __init__(self, settings: Settings) -> None:
        self._key = key_of(settings)
        # Push services of Apple require a contact. The address of the server is one, where it is reached by https.
        self._contact = settings.public_url if settings.public_url.startswith("https://") else ""
        self._client = client_with(allowed_of(settings))

    def send(self, message: Message) -> Outcome:
        try:
            body = encryption.encrypt(
                message.payload(), browser_key=message.public_key, secret=message.secret
            )
            headers = self._headers(message)
            answer = self._client.request("POST", message.endpoint, headers=headers, body=body, limits=LIMITS)
        except OutgoingFailed as error:
            return Outcome(Result.RETRY, str(error))
        except (OutgoingRefused, ValueError) as error:
            reason = str(error) if isinstance(error, OutgoingRefused) else "malformed"
            return Outcome(Result.REFUSED, reason)
        if 200 <= answer.status < 300:
            return Outcome(Result.SENT)
        reason = f"status {answer.status}"
        if answer.status in GONE:
            return Outcome(Result.GONE, reason)
        if answer.status == BUSY or answer.status >= 500:
            return Outcome(Result.RETRY, reason, seconds_of(answer.headers.get("retry-after", "")))
        return Outcome(Result.REFUSED, reason)

    def _headers(self, message: Message) -> dict[str, str]:
        now = clock.now()
        topic = sha256(f"{message.kind}:{message.subject_id}".encode()).digest()
        return {
            "TTL": str(max(0, int((message.expires_at - now).total_seconds()))),
            "Urgency": "high" if message.kind in URGENT else "normal",
            # A message that the device has not got yet is replaced by a newer one about the same thing.
            "Topic": encryption.base64url(topic)[:TOPIC_LENGTH],
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Authorization": encryption.authorization(
                self._key, audience=parse_url(message.endpoint).origin, contact=self._contact, now=now
            ),
        }
