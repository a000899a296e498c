"""Which internet addresses a user may make this service connect to: public unicast ones only."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# IANA's special-purpose registries, and what clouds answer on inside.
_REFUSED_4 = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host agent, on a public address
    )
)  # fmt: skip
# Only 2000::/3 is handed out, so mapped, translated, local and multicast addresses are out without being named.
_UNICAST_6 = ip_network("2000::/3")
_REFUSED_6 = tuple(
    ip_network(net)
    for net in (
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "2620:4f:8000::/48",
    )
)  # fmt: skip


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is a public unicast one. Anything that is no address is not."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not any(parsed in net for net in _REFUSED_4)
    return parsed in _UNICAST_6 and parsed.is_global and not any(parsed in net for net in _REFUSED_6)
