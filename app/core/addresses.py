"""Addresses of callers, as limits count them."""

from ipaddress import IPv6Address, ip_address, ip_network

# Prefix length of the networks that providers assign to one customer, who can use each address in it.
IPV6_PREFIX = 64


def counted_address(address: str) -> str:
    """Return the address under which the requests of a caller are counted.

    An IPv4 address is returned unchanged, an IPv6 address as its /64 network.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip.packed, IPV6_PREFIX), strict=False))
