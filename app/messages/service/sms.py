"""SMS by the gateway of the operator: one request with JSON, a bearer token and an idempotency id."""

import orjson

from app.core.outbox import Outcome, Result, seconds_of
from app.core.outgoing import Limits, OutgoingFailed, OutgoingRefused, allowed_of, client_with
from app.messages.rules.outbox import Ready
from app.messages.service.mail import secret_of
from app.settings import Settings

LIMITS = Limits(seconds=20, body_bytes=20_000)
# The gateway has accepted a message with this id earlier.
_DONE_BEFORE = 409
# The fault is of the request or of the operator's token, and not of this message.
_LATER = frozenset({401, 403, 404, 408, 425, 429})


class SmsChannel:
    """The gateway of the operator, by the guarded client."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.sms_url
        self._token_file = settings.sms_token_file
        self._client = client_with(allowed_of(settings))

    def send(self, ready: Ready) -> Outcome:
        message_id = str(ready.message.message_id)
        body = orjson.dumps({"id": message_id, "to": ready.message.address, "text": ready.content.text})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": message_id,
            "User-Agent": "Gridward",
        }
        try:
            token = secret_of(self._token_file)
            if token:
                headers["Authorization"] = f"Bearer {token}"
            answer = self._client.request("POST", self._url, headers=headers, body=body, limits=LIMITS)
        except OSError:
            return Outcome(Result.RETRY, "token_file")
        except OutgoingFailed as error:
            return Outcome(Result.RETRY, str(error))
        except OutgoingRefused as error:
            return Outcome(Result.RETRY, str(error))  # the operator allows the host: the message waits
        if 200 <= answer.status < 300 or answer.status == _DONE_BEFORE:
            return Outcome(Result.SENT)
        reason = f"status {answer.status}"
        if answer.status in _LATER or answer.status >= 500:
            return Outcome(Result.RETRY, reason, seconds_of(answer.headers.get("retry-after", "")))
        return Outcome(Result.REFUSED, reason)
