"""Where a request comes from, as digests under the platform's key; what is put on record means something within one tender only.

The address itself goes nowhere: whoever holds a digest can see that two submissions for a tender came from one place and, without
the platform's key, not from which.  A network is the first 24 bits of an IPv4 and 64 of an IPv6 address; a device is what the
program says of itself and its settings, which many share, so that it counts only together with the network.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from archive.canonical import encode
from trading.access import Place
from trading.web.asking import AnyRequest
from trading.web.site import Site

DEVICE: Final = ("user-agent", "accept-language", "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-mobile")


def origin(site: Site, request: AnyRequest) -> Place:
    """Where a request comes from, not yet of a tender: 32 hexadecimal digits each."""
    address = site.address(request)
    network = network_of(address)
    device = encode([network, *(request.headers.get(name, "")[:300] for name in DEVICE)]).decode()
    return within(site, Place(address, network, device), "")


def within(site: Site, place: Place, tender: str) -> Place:
    """The same place as one tender knows it."""

    def digest(what: str, value: str) -> str:
        return site.platform.derive(f"origin/{tender}/{what}/{value}").hex()[:32]

    return Place(digest("address", place.address), digest("network", place.network), digest("device", place.device))


def network_of(address: str) -> str:
    """The network that an address belongs to; what is no address is its own."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    return str(ip_network(f"{known}/{24 if known.version == 4 else 64}", strict=False))
