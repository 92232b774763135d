"""Where a request comes from, as digests under the platform's key that mean something within one tender only.

The address itself goes nowhere: whoever holds a digest can see that two submissions for a tender came from one place and, without
the platform's key, not from which.  A network is the first 24 bits of an IPv4 and 64 of an IPv6 address; a device is what the
program says of itself and its settings, which many share, so that it counts only together with the network.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from archive.canonical import encode
from archive.values import Value
from trading.web.asking import AnyRequest
from trading.web.site import Site

DEVICE: Final = ("user-agent", "accept-language", "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-mobile")


class Origin(Value, frozen=True):
    """32 hexadecimal digits each: the address, its network, the network with the device."""

    address: str
    network: str
    device: str


def origin(site: Site, request: AnyRequest, tender: str) -> Origin:
    """Where a request for a tender comes from."""
    address = site.address(request)
    network = network_of(address)
    device = encode([network, *(request.headers.get(name, "")[:300] for name in DEVICE)]).decode()

    def digest(what: str, value: str) -> str:
        return site.platform.derive(f"origin/{tender}/{what}/{value}").hex()[:32]

    return Origin(digest("address", address), digest("network", network), digest("device", device))


def network_of(address: str) -> str:
    """The network that an address belongs to; what is no address is its own."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    return str(ip_network(f"{known}/{24 if known.version == 4 else 64}", strict=False))
