"""Answers to hot reads without Flask: the same bytes with a third of the work.

A marked view (`Blueprint.reads_directly`, `Blueprint.answers_directly`) has a function of an actor, of the path and of the
query that returns JSON bytes. `DirectReads` stands before Flask and calls it for a usual request: GET with the token of a
session that this process remembers, no condition, and arguments that can be read without Flask. All else goes to Flask, which
alone makes errors: what is known until then is handed over (`Handover`), so that nothing is read or counted twice.

`docs/decisions/0071-answer-hot-reads-before-flask.md` has the reasons and what was measured.
"""

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask
from werkzeug.http import http_date

from app.core import logs
from app.core.actor import Actor, Permission
from app.core.codings import CODINGS, encode
from app.core.db import check_caller
from app.core.db.caller_check import CallerChanged, CallerCheck, expect_caller
from app.core.quotas import QuotaExceeded, Quotas, Standing
from app.http import observe
from app.http.content_coding import MIN_BYTES, coding_of
from app.http.cors import Cors
from app.http.quotas import has_pages, standing_headers, work_of
from app.http.responses import VARY

# The key of the WSGI environment under which Flask finds what the direct way knows.
HANDOVER = "gridward.handover"
# Headers that change the answer in ways that Flask knows.
_OF_FLASK = ("HTTP_X_API_KEY", "HTTP_IF_MATCH", "HTTP_RANGE", "HTTP_ORIGIN", "HTTP_UPGRADE")
NO_STORE = ("Cache-Control", "no-store")
_STATUS = {200: "200 OK", 204: "204 NO CONTENT", 304: "304 NOT MODIFIED"}
_VARY = ("Vary", f"{VARY}, Accept-Encoding")
_VARY_WITH_ORIGIN = ("Vary", f"{VARY}, Accept-Encoding, Origin")
# Tags that are digests, with or without a coding.
_TAGS = re.compile(r'"([0-9a-f]{32})(?:-(?:gzip|zstd))?"(?:, ?"[0-9a-f]{32}(?:-(?:gzip|zstd))?"){0,99}')
_TAG = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}")
_UUID_LENGTH = 36
_RULE = re.compile(
    r"(?P<path>/[^<>]*)(?:<(?:(?P<kind>uuid):)?(?P<name>\w+)>|(?P<numbers><int:\w+>(?:/<int:\w+>)*))?"
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_NUMBER_NAME = re.compile(r"<int:(\w+)>")
_JSON = "application/json"


class Tagged(NamedTuple):
    """An answer with a tag (ETag) that the view knows before the body.

    Attributes:
        body: None: the client has the body already (304). Empty: there is none (204).
        encoded: Returns the body in a content coding.
    """

    tag: str
    body: bytes | None
    encoded: Callable[[str], bytes]


Read = Callable[..., tuple[bytes, int | None] | Tagged]
# Returns the arguments that Flask would pass to a view beside those in the path, from the WSGI environment and the extensions
# of the application; None: only Flask can tell.
ReadArguments = Callable[[dict[str, Any], Mapping[str, Any]], Mapping[str, Any] | None]

# The operation that this context answers directly.
operation: ContextVar[str | None] = ContextVar("direct_operation", default=None)


class Marked(NamedTuple):
    """The function of a marked view, stored as its attribute `direct`.

    Attributes:
        read: Returns JSON and the version that becomes the ETag, or None, for an actor and the arguments.
        read_arguments: None: the view has no arguments but those in the path.
        media: The media type of the answer.
        headers: Further headers of each answer.
        values: The values of a parameter in the middle of the path, by its name.
        reads_tags: The view compares the tags of If-None-Match itself, and returns `Tagged`.
    """

    read: Read
    read_arguments: ReadArguments | None = None
    media: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    reads_tags: bool = False


class Handover(NamedTuple):
    """The known facts of a request that Flask goes on with.

    Attributes:
        standing: The rest of the quota, from which the request was taken, or the error that it is used up.
        actor: The actor, if the database has confirmed that it still holds.
        error: The error that the view raised.
        has_changed: The remembered actor does not hold any more.
    """

    standing: Standing | QuotaExceeded | None = None
    actor: Actor | None = None
    error: Exception | None = None
    has_changed: bool = False


class _Operation(NamedTuple):
    """An operation that may be answered directly.

    Attributes:
        parameter: The name of the id at the end of the path.
        make_id: Makes the argument of the text of the id.
        numbers: The names of the numbers at the end of the path.
        fixed: The arguments of other parameters in the path.
    """

    endpoint: str
    route: str
    parameter: str | None
    make_id: Callable[[str], Any]
    numbers: tuple[str, ...]
    fixed: Mapping[str, str]
    permissions: tuple[Permission, ...]
    work: str | None
    marked: Marked


class _Failed(Exception):
    """Raised if Flask has to go on. `handover` is what it needs."""

    def __init__(self, handover: Handover) -> None:
        super().__init__()
        self.handover = handover


class DirectReads:
    """WSGI middleware that answers usual requests for marked views, and passes all others on."""

    def __init__(self, app: Flask, following: Any) -> None:
        """Make the middleware of an application; `following` is called for all other requests.

        The views are collected at the first request, when all of them are registered.
        """
        self._app = app
        self._following = following
        self._operations: dict[str, _Operation] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        target = self.usual(environ)
        answer = None if target is None else self._answer(environ, *target)
        if answer is None:
            return self._following(environ, start_response)
        status, headers, body = answer
        start_response(status, headers)
        return [body]

    def usual(self, environ: dict[str, Any]) -> tuple[_Operation, dict[str, Any]] | None:
        """Return the operation of a usual request with its arguments, or None."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_AUTHORIZATION" not in environ:
            return None
        operation_at_path = self._find(environ.get("PATH_INFO", ""))
        if operation_at_path is None:
            return None
        target, arguments = operation_at_path
        for name in _OF_FLASK:
            if name in environ:
                return None
        if "HTTP_IF_NONE_MATCH" in environ and not target.marked.reads_tags:
            return None
        arguments |= target.fixed
        if target.marked.read_arguments is not None:
            parsed = target.marked.read_arguments(environ, self._app.extensions)
            if parsed is None:
                return None
            arguments |= parsed
        elif environ.get("QUERY_STRING"):
            return None
        return target, arguments

    def _find(self, path: str) -> tuple[_Operation, dict[str, Any]] | None:
        """Return the operation of a path, and the arguments at the end of the path, or None."""
        operations = self._operations or self._find_operations()
        target = operations.get(path)
        if target is not None:
            return None if target.parameter is not None or target.numbers else (target, {})
        target = operations.get(path[:-_UUID_LENGTH])
        if target is not None:
            if target.parameter is None or not _UUID.fullmatch(path[-_UUID_LENGTH:]):
                return None
            return target, {target.parameter: target.make_id(path[-_UUID_LENGTH:])}
        before, *texts = path.rsplit("/", 3)
        target = operations.get(f"{before}/")
        if target is None or len(target.numbers) != len(texts) or not all(map(_NUMBER.fullmatch, texts)):
            return None
        return target, dict(zip(target.numbers, map(int, texts), strict=True))

    def _answer(
        self, environ: dict[str, Any], target: _Operation, arguments: dict[str, Any]
    ) -> tuple[str, list[tuple[str, str]], bytes] | None:
        extensions = self._app.extensions
        started = time.perf_counter()
        remembered: tuple[Actor, CallerCheck] | None = extensions["remember"](environ["HTTP_AUTHORIZATION"])
        if remembered is None:
            return None
        request_id = observe.request_id_of(environ)
        in_operation, in_logs = operation.set(target.endpoint), logs.request_id.set(request_id)
        try:
            actor, standing, answer = self._read(*remembered, target=target, arguments=arguments)
        except _Failed as failed:
            environ[HANDOVER] = failed.handover
            return None
        else:
            if isinstance(answer, Tagged):
                status, headers, body = self._tagged(environ, answer, target.marked)
            else:
                status, (headers, body) = 200, self._encoded(environ, *answer, target.marked)
            headers.append(("X-Request-Id", request_id))
            if standing is not None:
                headers += standing_headers(standing)
            headers += _security_headers(environ["wsgi.url_scheme"], target.marked.headers)
            observe.record("GET", target.route, status, time.perf_counter() - started, actor.id)
            return _STATUS[status], headers, body
        finally:
            operation.reset(in_operation)
            logs.request_id.reset(in_logs)

    def _read(
        self, remembered: Actor, check: CallerCheck, *, target: _Operation, arguments: dict[str, Any]
    ) -> tuple[Actor, Standing | None, tuple[bytes, int | None] | Tagged]:
        """Return actor, rest of the quota, and what the view returns.

        Raises:
            _Failed: Flask has to go on.
        """
        standing = self._take(str(remembered.id), target.work)
        # A view without permissions gets the actor with all grants.
        actor = remembered.holding(*target.permissions) if target.permissions else remembered
        if actor is None or remembered.must_change_password:
            raise _Failed(Handover(standing))
        expect_caller(check)
        try:
            answer = target.marked.read(actor, **arguments)
            check_caller()
        except CallerChanged:
            raise _Failed(Handover(standing, has_changed=True)) from None
        except Exception as error:
            raise _Failed(_after(error, remembered, standing)) from None
        finally:
            expect_caller(None)
        return actor, standing, answer

    def _take(self, caller: str, work: str | None) -> Standing | None:
        """Count the request for its caller.

        Raises:
            _Failed: The quota is used up.
        """
        quotas: Quotas | None = self._app.extensions["quotas"]
        if quotas is None or work is None:
            return None
        try:
            return quotas.take(caller, work)
        except QuotaExceeded as exceeded:
            raise _Failed(Handover(exceeded)) from None

    def _encoded(
        self, environ: dict[str, Any], body: bytes, version: int | None, marked: Marked
    ) -> tuple[list[tuple[str, str]], bytes]:
        """Return the headers of a body and the body, in the coding that the client prefers."""
        coding = coding_of(environ, len(body), self._app.config[MIN_BYTES])
        if coding is not None:
            body = encode(body, coding)
        headers = [("Content-Type", marked.media), ("Content-Length", str(len(body)))]
        if version is not None:
            headers.append(("ETag", f'"{version}"' if coding is None else f'"{version}-{coding}"'))
        headers += marked.headers
        headers.append(self._vary())
        if coding is not None:
            headers.append(("Content-Encoding", coding))
        return headers, body

    def _vary(self) -> tuple[str, str]:
        cors: Cors = self._app.extensions["cors"]
        return _VARY_WITH_ORIGIN if cors.has_origins else _VARY

    def _tagged(
        self, environ: dict[str, Any], answer: Tagged, marked: Marked
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return status, headers and body of an answer with a tag, in the coding that the client prefers or has."""
        tag, body, _ = answer
        if body is None:
            client_tag = tag + _known_coding(environ["HTTP_IF_NONE_MATCH"], tag)
            return 304, [("ETag", f'"{client_tag}"'), *marked.headers, self._vary()], b""
        if not body:  # Flask names the type of a body that is not there
            no_body = [("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{tag}"')]
            return 204, [*no_body, *marked.headers, self._vary()], b""
        coding = coding_of(environ, len(body), self._app.config[MIN_BYTES])
        if coding is None:
            own = [("ETag", f'"{tag}"'), ("Date", http_date()), ("Accept-Ranges", "bytes")]
        else:
            body = answer.encoded(coding)
            own = [("ETag", f'"{tag}-{coding}"'), ("Content-Encoding", coding)]
        typed = [("Content-Type", marked.media), ("Content-Length", str(len(body)))]
        return 200, [*typed, *own, *marked.headers, self._vary()], body

    def _find_operations(self) -> dict[str, _Operation]:
        """Return the marked views by their path, or by its part before the id."""
        operations: dict[str, _Operation] = {}
        for rule in self._app.url_map.iter_rules():
            view: Any = self._app.view_functions[rule.endpoint]
            marked: Marked | None = getattr(view, "direct", None)
            if marked is None:
                continue
            for fixed in _combinations(marked.values):
                path = _with_values(rule.rule, fixed)
                match = _RULE.fullmatch(path)
                if match is None:
                    raise RuntimeError(f"{rule.rule}: a direct read has no parameter but an id at its end")
                operations[match["path"]] = _Operation(
                    rule.endpoint,
                    rule.rule,
                    match["name"],
                    UUID if match["kind"] else str,
                    tuple(_NUMBER_NAME.findall(match["numbers"] or "")),
                    fixed,
                    getattr(view, "guarded_by", ()),
                    work_of(rule.rule, "GET", is_list=has_pages(view)),
                    marked,
                )
        self._operations = operations
        return operations


def usual_tags(environ: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the digests of If-None-Match without codings; None: the header has other tags, which only Flask reads."""
    header: str = environ.get("HTTP_IF_NONE_MATCH", "")
    if not header:
        return frozenset()
    return frozenset(_TAG.findall(header)) if _TAGS.fullmatch(header) else None


def _known_coding(header: str, tag: str) -> str:
    """Return the coding of the body that the client has, as a suffix of the tag."""
    return next((f"-{coding}" for coding in CODINGS if f'"{tag}-{coding}"' in header), "")


@lru_cache(maxsize=100)
def _security_headers(scheme: str, own: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the security headers that an answer with headers of its own lacks."""
    names = [name for name, _ in own]
    return [h for h in observe.security_headers({"wsgi.url_scheme": scheme}) if h[0] not in names]


def _combinations(values: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    return [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]


def _with_values(rule: str, fixed: Mapping[str, str]) -> str:
    """Return the path of a rule with the values of some of its parameters."""
    for name, value in fixed.items():
        rule = rule.replace(f"<{name}>", value)
    return rule


def _after(error: Exception, actor: Actor, standing: Standing | None) -> Handover:
    """Return what Flask needs to answer an error: the caller must be checked before they hear of it."""
    try:
        check_caller()
    except CallerChanged:
        return Handover(standing, has_changed=True)
    except Exception:
        return Handover(standing, None, error)
    return Handover(standing, actor, error)
