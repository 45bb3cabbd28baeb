"""Networks and addresses in the form in which they are declared. Pure, and loads no models."""

from ipaddress import ip_network


def plain_source(text: str) -> str:
    """Return a network as it is declared: `192.0.2.1/32` is an address; other texts as they are."""
    try:
        return plain_network(text.strip()) if "/" in text else text.strip()
    except ValueError:
        return text.strip()


def plain_network(text: str) -> str:
    """Return a network of one address as that address. Raises ValueError for what is neither."""
    network = ip_network(text)
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address if alone else network)
