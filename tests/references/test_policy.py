"""Which addresses a user may make the service connect to, and which URLs are even tried."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve_apps.references.address import address_problem
from serve_apps.references.policy import is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "223.5.5.5", "2606:4700:4700::1111", "2400:3200::1", "2a00:1450::1"]
REFUSED = [
    # this host, private, shared, link-local, metadata
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.100.100.200", "100.127.255.255", "169.254.0.1", "169.254.169.254", "168.63.129.16",
    "192.0.0.192", "192.0.0.8",
    # documentation, benchmarks, relays, multicast, reserved, broadcast
    "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.88.99.1", "192.175.48.1",
    "192.31.196.1", "192.52.193.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    # the same in IPv6
    "::", "::1", "::2", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1",
    "2001:db8::1", "3fff::1", "100::1", "5f00::1", "2001:10::1", "2001:20::1", "2620:4f:8000::1",
    # IPv4 in disguise: mapped, compatible, translated, 6to4, Teredo
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:7f00:1::",
    # no addresses
    "", "localhost", "0x7f.1", "127.1", "1.2.3.4.5", "example.com",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", REFUSED)
def test_all_others_are_refused(address: str) -> None:
    assert not is_public(address)


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_refused_in_every_disguise(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for wrapped in (0xFFFF << 32 | number, number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80,
                    0x20010000 << 96 | number ^ 0xFFFFFFFF):  # fmt: skip
        assert not is_public(str(ipaddress.IPv6Address(wrapped)))


@settings(deadline=None)
@given(st.ip_addresses())
def test_what_is_allowed_is_global_unicast(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not (address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
                    or address.is_reserved or address.is_unspecified)  # fmt: skip


@pytest.mark.parametrize("url", [
    "https://example.com/a.jpg", "HTTPS://Example.com", "https://例子.测试/图.png", "https://example.com:443/x?y=1#z",
    "https://8.8.8.8/x.png", "https://[2606:4700::1]/x.png",
])  # fmt: skip
def test_https_addresses_are_tried(url: str) -> None:
    assert address_problem(url) is None


@pytest.mark.parametrize(("url", "why"), [
    ("http://example.com/a.jpg", "https://"), ("ftp://example.com/a.jpg", "https://"), ("file:///etc/passwd", "https://"),
    ("data:image/png;base64,AAAA", "https://"), ("javascript:alert(1)", "https://"), ("//example.com/a", "https://"),
    ("https://", "https://"), ("https:///a", "https://"), ("a.jpg", "https://"), ("https://exa mple.com/", "https://"),
    ("https://a\r\nb/", "not an address"), ("https://user:secret@example.com/", "password"),
    ("https://user@example.com/", "password"), ("https://example.com:8443/", "port 443"),
    ("https://example.com:22/", "port 443"), ("https://127.0.0.1/", "public"), ("https://[::1]/", "public"),
    ("https://10.1.2.3/", "public"), ("https://[::ffff:8.8.8.8]/", "public"), ("https://localhost/", "public"),
    ("https://api.localhost/", "public"), ("https://169.254.169.254/latest/meta-data/", "public"),
])  # fmt: skip
def test_other_addresses_are_refused_with_what_to_do(url: str, why: str) -> None:
    problem = address_problem(url)
    assert problem is not None
    assert why in problem
    assert "secret" not in problem


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    assert address_problem(text) is None or len(address_problem(text) or "") > 10
