"""Networks of addresses."""

import pytest

from trading.web.origins import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("192.0.3.7", "192.0.3.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::4", "2001:db8:1:3::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_is_24_bits_of_the_old_and_64_of_the_new_addresses(address: str, network: str) -> None:
    assert network_of(address) == network
