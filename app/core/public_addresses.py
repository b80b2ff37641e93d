"""Rules for addresses of outgoing requests: which URLs are well-formed, and which IP addresses are public.

The rules are stricter than RFC 3986, because two parsers that read a URL differently are how such rules are evaded. A
URL has only ASCII characters, no user info, no fragment, and a host that is a domain name or a canonical IP address.
`outgoing.py` applies the rules.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"https": 443, "http": 80}
URL_LENGTH = 2_000
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*(?:\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?)?"
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# A name whose last label is a number is read as an IPv4 address by inet_aton and by browsers, such as 127.1 or 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# IANA IPv4 Special-Purpose Address Registry, multicast and the reserved rest.
_SPECIAL_V4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by customers of a provider (CGNAT)
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds serve their metadata at 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only 2000::/3 is unicast of the Internet. The parts of it that are not, or that contain an IPv4 address: Teredo and other
# protocol assignments, documentation, 6to4. Outside of it are ::ffff:0:0/96 (IPv4-mapped) and 64:ff9b::/96 (NAT64).
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class UrlRefused(ValueError):
    """Raised if a URL is malformed. The argument is the reason as a code."""


@dataclass(frozen=True, slots=True)
class Url:
    """A well-formed URL in parts.

    Attributes:
        host: Domain name in lower case, or canonical IP address without brackets.
        target: Path and query.
        address: The IP address if the host is one, else None.
    """

    scheme: str
    host: str
    port: int
    target: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, for the audience of tokens."""
        return f"{self.scheme}://{self.authority}"


def parse_url(text: str) -> Url:
    """Split a URL into parts.

    Raises:
        UrlRefused: The URL is too long or malformed, or its host is not a domain name or a canonical IP address.
    """
    match = _URL.fullmatch(text) if len(text) <= URL_LENGTH else None
    if match is None:
        raise UrlRefused("url")
    scheme, host = match["scheme"], match["host"].lower()
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65_535:
        raise UrlRefused("url")
    address = _address_of(host)
    return Url(scheme, str(address) if address else host, port, match["target"] or "/", address)


def is_public(address: Address) -> bool:
    """Return True if the address is a unicast address of the Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_V4)
    return (
        address.scope_id is None
        and address in _GLOBAL_V6
        and not any(address in block for block in _SPECIAL_V6)
    )


def is_name(host: str) -> bool:
    """Return True if the host is a domain name in lower case that no program reads as a number."""
    labels = host.split(".")
    return (
        len(host) <= 253
        and all(_LABEL.fullmatch(label) for label in labels)
        and not _NUMBER.fullmatch(labels[-1])
    )


def parse_addresses(texts: Sequence[str]) -> list[Address]:
    """Parse IP addresses."""
    return [ip_address(text) for text in texts]


def _address_of(host: str) -> Address | None:
    """Return the IP address if the host is one, or None for a domain name.

    Raises:
        UrlRefused: The host is neither, such as 127.1, 2130706433 or 0177.0.0.1.
    """
    try:
        # IPv4Address refuses leading zeros, hexadecimal numbers and fewer than four parts.
        return IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except ValueError:
        if not is_name(host):
            raise UrlRefused("host") from None
        return None
