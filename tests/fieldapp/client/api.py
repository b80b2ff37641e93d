"""HTTP as a phone has to speak it: time limits, a session that is renewed, and answers that may not come."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

COMPRESS_FROM = 1024  # bytes
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0


class NoAnswer(Exception):
    """Nothing, or half an answer, came back. Whether the server did it is unknown: ask again, the same way."""


class TryLater(Exception):
    """The server is there and cannot now (429, 503, any other 5xx, `device_busy`)."""

    def __init__(self, status: int, code: str, seconds: float | None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.seconds = status, code, seconds


class Refused(Exception):
    """A final answer that is an error; `code` is stable, `detail` is for people."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.code = status, str(problem.get("code", ""))
        self.problem = problem
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}")


class SignedOut(Exception):
    """The session has ended, here or elsewhere: account disabled, device revoked, signed out, expired."""


@dataclass
class Session:
    access_token: str
    refresh_token: str


class Api:
    """The calls of one device. `session` is what it is signed in with.

    `keep` and `load` write and read it where all sync workers of the phone find it: a refresh token serves once, so
    two workers that renew have to come to the same successor.
    """

    def __init__(self, base_url: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._base = base_url.rstrip("/") + "/api/v1"
        self._timeout = (CONNECT_SECONDS, read_seconds)
        self._http = requests.Session()
        self._http.trust_env = False
        self.session: Session | None = None
        self.keep: Callable[[Session], None] = lambda session: None
        self.load: Callable[[], Session | None] = lambda: None

    def close(self) -> None:
        self._http.close()

    def sign_in(self, username: str, password: str, device_key: str) -> Session:
        body = {"username": username, "password": password, "device_id": device_key}
        return self._session(self._send("POST", "/auth/token", body, {}))

    def sign_out(self) -> None:
        self.call("POST", "/auth/logout")

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        """A signed-in call: the parsed answer. An expired access token is renewed once on the way."""
        if self.session is None:
            raise SignedOut
        sent_with = self.session.access_token
        try:
            return self._send(method, path, body, self._authorised(headers), query)
        except Refused as refused:
            if refused.status != 401:
                raise
        if self.session.access_token == sent_with:
            self.renew()
        try:
            return self._send(method, path, body, self._authorised(headers), query)
        except Refused as refused:
            if refused.status == 401:
                raise SignedOut from refused
            raise

    def renew(self) -> None:
        """Exchange the refresh token. When the answer is lost, asking again brings the same successor."""
        if self.session is None:
            raise SignedOut
        stored = self.load()
        if stored is not None and stored != self.session:
            self.session = stored  # another sync worker was faster
            return
        try:
            tokens = self._send("POST", "/auth/refresh", {"refresh_token": self.session.refresh_token}, {})
        except Refused as refused:
            if refused.status == 401:
                raise SignedOut from refused
            raise
        self.session = self._session(tokens)
        self.keep(self.session)

    def _authorised(self, headers: dict[str, str] | None) -> dict[str, str]:
        if self.session is None:
            raise SignedOut
        return {"Authorization": f"Bearer {self.session.access_token}"} | (headers or {})

    @staticmethod
    def _session(tokens: dict[str, Any]) -> Session:
        return Session(tokens["access_token"], tokens["refresh_token"])

    def _send(
        self,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str],
        query: dict[str, Any] | None = None,
    ) -> Any:
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            headers = headers | {"Content-Type": "application/json"}
            if len(data) >= COMPRESS_FROM and path.startswith("/sync/"):
                data = gzip.compress(data, 5)
                headers["Content-Encoding"] = "gzip"
        try:
            # No redirects: nothing here redirects, and a captive portal's would look like an answer.
            answer = self._http.request(
                method,
                self._base + path,
                data=data,
                headers=headers,
                params={k: v for k, v in (query or {}).items() if v is not None},
                timeout=self._timeout,
                allow_redirects=False,
            )
            # A head that was cut says nothing of a length: an empty answer is no answer, but where it is meant.
            parsed = None if answer.status_code == 204 else answer.json()
        except (requests.RequestException, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.status_code < 300:
            return parsed
        problem = parsed if isinstance(parsed, dict) else {}
        if "code" not in problem:  # not our server: a captive portal, or a proxy on the way
            raise NoAnswer(f"{answer.status_code} from somebody else")
        code = str(problem["code"])
        if answer.status_code >= 500 or answer.status_code == 429 or "Retry-After" in answer.headers:
            raise TryLater(answer.status_code, code, _seconds(answer.headers.get("Retry-After")))
        raise Refused(answer.status_code, problem)


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isdigit() else None
