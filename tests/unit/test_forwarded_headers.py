"""The client address behind proxies: forged headers never change it."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.forwarded import Origin, origin

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("192.0.2.7/32"))


def is_trusted(address):
    return any(address in network for network in TRUSTED)


outsiders = st.ip_addresses().filter(
    lambda a: not is_trusted(a) and not (a.version == 6 and a.ipv4_mapped) and "%" not in str(a)
)
proxies = st.integers(0, 2**24 - 1).map(lambda n: ip_address((10 << 24) + n))
# What a client may send: anything a header can hold, with addresses and commas likely in it.
scraps = st.one_of(
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20),
    st.ip_addresses().map(str),
    proxies.map(str),
)
forged = st.lists(scraps, max_size=5).map(", ".join)


@given(forged, outsiders, st.lists(proxies, min_size=1, max_size=3))
def test_client_address_is_peer_of_outermost_trusted_proxy(forged, client, chain):
    """Each proxy appends its peer; the last of them is ours."""
    seen = [str(client), *map(str, chain[:-1])]
    sent = ", ".join([forged, *seen] if forged else seen)
    assert origin(str(chain[-1]), {"x-forwarded-for": sent}, TRUSTED).address == str(client)


@given(forged, forged, outsiders)
def test_forwarded_headers_are_ignored_without_trusted_proxy(forged, other, client):
    headers = {f"x-forwarded-{name}": forged for name in ("for", "host", "prefix")}
    assert origin(str(client), headers | {"x-forwarded-proto": other}, TRUSTED) == Origin(str(client))


@given(forged, outsiders, proxies)
def test_no_proxy_is_trusted_by_default(forged, client, proxy):
    assert origin(str(proxy), {"x-forwarded-for": f"{forged}, {client}"}, ()) == Origin(str(proxy))


@given(forged, forged, outsiders, proxies)
def test_forged_scheme_host_and_prefix_are_ignored(junk, other, client, proxy):
    headers = {
        "x-forwarded-for": f"{junk}, {client}",
        "x-forwarded-proto": f"{other}, https",
        "x-forwarded-host": f"{other}, city.example",
        "x-forwarded-prefix": f"{other}, /gridward",
    }
    parsed = origin(str(proxy), headers, TRUSTED)
    assert parsed == Origin(str(client), "https", "city.example", "/gridward")


@pytest.mark.parametrize(
    ("peer", "sent", "expected"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("fd00::1", "[2001:db8::9]:4711", "2001:db8::9"),
        ("[fd00::1]", '"[2001:db8::9]"', "2001:db8::9"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("192.0.2.8", "203.0.113.9", "192.0.2.8"),
        ("", "203.0.113.9", ""),
    ],
)
def test_client_address_is_parsed_from_all_forms(peer, sent, expected):
    assert origin(peer, {"x-forwarded-for": sent}, TRUSTED).address == expected


def test_scheme_comes_from_outer_proxy():
    headers = {"x-forwarded-for": "203.0.113.9, 10.0.0.2", "x-forwarded-proto": "https, http"}
    assert origin("10.0.0.1", headers, TRUSTED).scheme == "https"
    # The inner one passes on what the outer one wrote.
    assert origin("10.0.0.1", headers | {"x-forwarded-proto": "https"}, TRUSTED).scheme == "https"


@pytest.mark.parametrize(
    "bad", ["gridward", "/../x", "//evil.example", "/a b", "/a?b", '/"><script>', "/a/../b"]
)
def test_invalid_forwarded_prefix_is_ignored(bad):
    assert origin("10.0.0.1", {"x-forwarded-prefix": bad}, TRUSTED).prefix is None


@pytest.mark.parametrize("bad", ["a b", "evil.example/path", "a@b", "<x>", "[::1"])
def test_invalid_forwarded_host_is_ignored(bad):
    assert origin("10.0.0.1", {"x-forwarded-host": bad}, TRUSTED).host is None
