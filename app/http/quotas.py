"""Quotas of requests: the class of work of each operation, the caller of a request, and the headers that tell both.

`app.core.quotas` counts. A caller is an account (of a person or a service), or the address of a request without one.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, request

from app.core.addresses import counted_address
from app.core.errors import Unauthenticated
from app.core.quotas import WINDOW_S, QuotaExceeded, Quotas, Standing

API_KEY_HEADER = "X-API-Key"
# Returns the account of the headers of a request without asking the database, or None.
Identify = Callable[[str | None, str | None], str | None]
_API = "/api/v1"
# Work that nobody has to wait for: calls for help, answers to offers, and sign-ins, which have limits of their own.
UNLIMITED = tuple(_API + path for path in ("/sos", "/assignments/", "/auth/", "/offers/"))
_BY_PATH = {
    "sync": ("/sync", "/events", "/positions", "/ingest/", "/media/uploads", "/me/push-subscriptions"),
    "export": ("/exports", "/imports", "/audit/export", "/shifts.csv"),
    "figures": ("/figures", "/evaluation", "/supervision/board", "/me/figures"),
}
_PREFIXES = {work: tuple(_API + path for path in paths) for work, paths in _BY_PATH.items()} | {
    "list": ("/ogc/collections/<collection_id>/items",)
}
_EXPORTS = ("/export", "/print", "/sheet", "/file", "/report")


def work_of(rule: str, method: str, *, is_list: bool = False) -> str | None:
    """Return the class of work of an operation; None: requests are not counted.

    Args:
        rule: Its path with placeholders.
        is_list: The operation has pages.
    """
    if rule.startswith(UNLIMITED) and (method != "GET" or not rule.startswith(f"{_API}/assignments/")):
        return None
    if rule.endswith(_EXPORTS) and not rule.startswith(_PREFIXES["sync"]):
        return "export"
    for work, prefixes in _PREFIXES.items():
        if rule.startswith(prefixes):
            return work
    return "list" if is_list or rule.endswith("/search") else "cheap"


def admit(view: Any, taken: Standing | QuotaExceeded | None = None) -> None:
    """Refuse the request if its caller has used up the quota, or else count it. Call `charge` after authentication.

    The database is not asked who the caller is. A caller whom only the database can name is counted by `charge`.

    Args:
        taken: The request was counted before, with this result.

    Raises:
        QuotaExceeded: The caller has used up the quota of the class of work.
    """
    quotas = _quotas()
    work = _work(view) if quotas is not None else None
    if quotas is None or work is None:
        return
    if taken is not None:
        g.quota = taken.standing if isinstance(taken, QuotaExceeded) else taken
        if isinstance(taken, QuotaExceeded):
            raise taken
        return
    identify: Identify = current_app.extensions["identify"]
    caller = identify(request.headers.get("Authorization"), request.headers.get(API_KEY_HEADER))
    if caller is None:
        quotas.refuse_exhausted(_address(), "public")
        g.quota_work = work
        return
    _take(quotas, caller, work)


def charge(caller: str) -> None:
    """Count the request for a caller whom `admit` could not name.

    Raises:
        QuotaExceeded: The caller has used up the quota of the class of work.
    """
    work = g.pop("quota_work", None)
    quotas = _quotas()
    if work is not None and quotas is not None:
        _take(quotas, caller, work)


def charge_address() -> None:
    """Count the request for the address of its caller: a request without sign-in, or one that fails to authenticate.

    Raises:
        QuotaExceeded: The address has used up its quota.
    """
    g.pop("quota_work", None)
    quotas = _quotas()
    if quotas is not None and not request.path.startswith(f"{_API}/auth/"):
        _take(quotas, _address(), "public")


def register(app: Flask, quotas: Quotas | None, identify: Identify) -> None:
    """Count the requests of an application.

    Args:
        quotas: None: there are no quotas.
    """
    app.extensions["quotas"] = quotas
    app.extensions["identify"] = identify

    @app.after_request
    def tell(response: Response) -> Response:
        standing: Standing | None = g.get("quota")
        if standing is not None:
            for name, value in standing_headers(standing):
                response.headers[name] = value
        return response


def standing_headers(standing: Standing) -> list[tuple[str, str]]:
    """Return the headers that tell a caller what is left of a quota."""
    policy = (
        f'"{standing.work}";q={standing.quota};w={WINDOW_S}, '
        f'"{standing.work}-burst";q={standing.burst};w={standing.burst_s}'
    )
    name, left = (f"{standing.work}-burst", 0) if standing.is_burst else (standing.work, standing.remaining)
    return [("RateLimit-Policy", policy), ("RateLimit", f'"{name}";r={left};t={standing.reset_s}')]


def failed_authentication(error: Unauthenticated) -> Exception:
    """Count a request that fails to authenticate for its address. Return the error to raise."""
    try:
        charge_address()
    except QuotaExceeded as exceeded:
        return exceeded
    return error


def _take(quotas: Quotas, caller: str, work: str) -> None:
    try:
        g.quota = quotas.take(caller, work)
    except QuotaExceeded as exceeded:
        g.quota = exceeded.standing
        raise


def _work(view: Any) -> str | None:
    works: dict[str, str | None] = view.__dict__.setdefault("works", {})
    if request.method not in works:
        rule = request.url_rule.rule if request.url_rule else request.path
        works[request.method] = work_of(rule, request.method, is_list=has_pages(view))
    return works[request.method]


def has_pages(view: Any) -> bool:
    """Return True if a view answers a page of rows: its schema has a limit."""
    for parameter in getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ()):
        if parameter["in"] == "query" and "limit" in getattr(parameter.get("schema"), "fields", {}):
            return True
    return False


def _address() -> str:
    return f"address:{counted_address(request.remote_addr or '')}"


def _quotas() -> Quotas | None:
    quotas: Quotas | None = current_app.extensions.get("quotas")
    return quotas
