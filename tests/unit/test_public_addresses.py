"""Rules for outgoing requests: spellings of URLs that parsers read differently, and addresses that are not public."""

from ipaddress import ip_address

import pytest

from app.core.public_addresses import UrlRefused, is_public, parse_url

PUBLIC = "93.184.215.14"

# Spellings that some parser reads as this machine, as user info, or as another host.
MALFORMED = [
    "ftp://push.example/",
    "file:///etc/passwd",
    "gopher://push.example/",
    "//push.example/",
    "push.example",
    "https:/push.example",
    "https://user@push.example/",
    "https://user:secret@push.example/",
    "https://push.example@127.0.0.1/",
    "https://127.0.0.1#@push.example/",
    "https://push.example\\@127.0.0.1/",
    "https://push.example/\\..\\",
    "https://push.example/a%0d%0aX:1#b",
    "https://push.example:0/",
    "https://push.example:65536/",
    "https://push.example:443x/",
    "https://push.example:/x",
    "https://[::1/",
    "https://::1/",
    "https://[fe80::1%25eth0]/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://127.0.0.01/",
    "https://1.2.3.4.5/",
    "https://push.example.0x7f/",
    "https://256.1.1.1/",
    "https://localhost./",
    "https://push..example/",
    "https://-push.example/",
    "https://.push.example/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://ⓛocalhost/",
    "https://pu\u200bsh.example/",
    "https://пуш.example/",
    "https://push.example?x",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize(
    "url", [*MALFORMED, "https://push.example/ x", "https://push.example/\r\nX: 1", "https://" + "a" * 64]
)
def test_malformed_or_ambiguous_url_is_refused(url):
    with pytest.raises(UrlRefused):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b-c_d%20", "fcm.googleapis.com", 443, "/fcm/send/a:b-c_d%20"),
        ("https://xn--80akhbyknj4f.example/", "xn--80akhbyknj4f.example", 443, "/"),
        ("https://PUSH.example:8443?", None, None, None),
        ("https://PUSH.example:8443", "push.example", 8443, "/"),
        ("https://[2606:4700:0000::1111]/?token=a/b", "2606:4700::1111", 443, "/?token=a/b"),
    ],
)
def test_url_of_push_service_is_split_into_its_parts(url, host, port, target):
    if host is None:
        with pytest.raises(UrlRefused):
            parse_url(url)
    else:
        parts = parse_url(url)
        assert (parts.host, parts.port, parts.target) == (host, port, target)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_special_address_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "223.5.5.5", "2606:4700::1111", "2400:3200::1"])
def test_address_of_the_internet_is_public(address):
    assert is_public(ip_address(address))
