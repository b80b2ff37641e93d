"""Address and scheme of the caller behind reverse proxies, from X-Forwarded-* headers.

Only entries written by proxies in TRUSTED_PROXIES are used. Each proxy appends the address of its own caller, so the list is
read from the right, and the first address that is not a trusted proxy is the caller's. Entries further left were written by
the caller and may be forged. Counting proxies instead would also trust requests that did not come through a proxy.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from app.core import links
from app.settings import PREFIX, Network

Address = IPv4Address | IPv6Address

HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_KEYS = [
    (f"x-forwarded-{name}", f"HTTP_X_FORWARDED_{name.upper()}") for name in ("for", "proto", "host", "prefix")
]
WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[0-9.]+):\d+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Address of the caller, and the scheme, host and path prefix that the caller used.

    None: the value of the connection applies.
    """

    address: str
    scheme: str | None = None
    host: str | None = None
    prefix: str | None = None


def origin(peer: str, headers: Mapping[str, str], trusted: Iterable[Network]) -> Origin:
    """Return the address of the caller, and the scheme, host and prefix that the caller used.

    Args:
        peer: Address of the other end of the connection.
        headers: X-Forwarded-* headers by lower-case name.
    """
    trusted = tuple(trusted)
    nearest = _address(peer)
    if nearest is None or not _is_in(nearest, trusted):
        return Origin(str(nearest) if nearest else peer)
    hops = 0
    for entry in reversed(_split_list(headers.get("x-forwarded-for", ""))):
        address = _address(entry)
        hops += 1
        if address is None:
            break  # a trusted proxy that does not say: the proxy itself is the nearest that is known
        nearest = address
        if not _is_in(nearest, trusted):
            break
    scheme = _entry_at(_split_list(headers.get("x-forwarded-proto", "")), hops).lower()
    host = _entry_at(_split_list(headers.get("x-forwarded-host", "")), hops)
    prefix = _entry_at(_split_list(headers.get("x-forwarded-prefix", "")), 1).rstrip("/")
    return Origin(
        str(nearest),
        scheme if scheme in ("http", "https") else None,
        host if HOST.fullmatch(host) else None,
        prefix if PREFIX.fullmatch(prefix) else None,
    )


@lru_cache(maxsize=1_000)
def _direct(peer: str) -> Origin:
    """Return the origin of a caller without X-Forwarded-* headers. Connections bring many requests, so it is cached."""
    return origin(peer, {}, ())


def _split_list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _entry_at(entries: list[str], hops: int) -> str:
    """Return the entry at position `hops` of an X-Forwarded-* header, counted from the right.

    Each proxy appends one entry, so entry 1 was written by the proxy next to this server. If the list is shorter, the leftmost
    entry is returned; if it is empty, an empty text.
    """
    if not entries:
        return ""
    return entries[max(-max(hops, 1), -len(entries))]


def _address(text: str) -> Address | None:
    text = text.strip().strip('"')
    if match := WITH_PORT.fullmatch(text):
        text = match["six"] or match["four"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)


class ForwardedMiddleware:
    """WSGI middleware that sets the caller's address, scheme, host and path prefix.

    If `prefix` is set, it is removed from the paths of requests; else the prefix is X-Forwarded-Prefix of a trusted proxy.
    Links in responses begin with the prefix. With `public_url` set, scheme and host are always those of this URL, whatever the
    Host header and the proxies contain.
    """

    def __init__(self, app: Any, *, trusted: tuple[Network, ...], prefix: str, public_url: str = "") -> None:
        self._app = app
        self._trusted = trusted
        self._prefix = prefix
        self._public = urlsplit(public_url) if public_url else None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        headers = {name: environ[key] for name, key in _KEYS if key in environ}
        peer = environ.get("REMOTE_ADDR", "")
        caller = origin(peer, headers, self._trusted) if headers else _direct(peer)
        environ["REMOTE_ADDR"] = caller.address
        scheme, host = caller.scheme, caller.host
        if self._public is not None:
            scheme, host = self._public.scheme, self._public.netloc
        if scheme:
            environ["wsgi.url_scheme"] = scheme
        if host:
            environ["HTTP_HOST"] = host
        prefix = self._prefix or caller.prefix or ""
        path = environ.get("PATH_INFO", "")
        if self._prefix and (path + "/").startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = prefix
        if not prefix:  # as every context begins
            return self._app(environ, start_response)
        with links.with_path_prefix(prefix):
            return self._app(environ, start_response)
