"""Who is counted, and how often each may come: the address that a request comes from, and the key that it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from django.conf import settings

from payouts_service.kit.keyed_hash import keyed_hash
from payouts_service.rate_limits.counting import Policy

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_LONGEST_KEPT: Final = 200  # Characters of X-Forwarded-For.
_IPV6_PREFIX: Final = 64  # What one customer of a provider is given at least (RFC 6177): its addresses count as one.


def by_address(meta: Mapping[str, Any]) -> dict[Policy, str]:
    """Where a request comes from, as ``counting`` counts it; nothing where addresses have no limit."""
    if not settings.ADDRESS_REQUESTS_PER_MINUTE:
        return {}
    return {_policy("address", settings.ADDRESS_REQUESTS_PER_MINUTE): hidden_address(meta)}


def by_key() -> Policy:
    """How many requests of one key are taken."""
    return _policy("key", settings.KEY_REQUESTS_PER_MINUTE)


@lru_cache(maxsize=8)
def _policy(name: str, requests: int) -> Policy:
    return Policy(name, requests)


def hidden_address(meta: Mapping[str, Any]) -> str:
    """The address that the request comes from, as a keyed hash.

    An address is personal data; what counts needs to know it again, and nothing more. It is written nowhere; a process
    remembers the last ones in its memory.
    """
    trusted, pepper = tuple(settings.TRUSTED_PROXIES), settings.API_KEY_PEPPER
    remote = str(meta.get("REMOTE_ADDR", ""))
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")) if trusted else ""
    if len(forwarded) > _LONGEST_KEPT:  # Nobody fills the memory of this process with what he calls his address.
        return _hidden.__wrapped__(remote, forwarded, trusted, pepper)
    return _hidden(remote, forwarded, trusted, pepper)


@lru_cache(maxsize=128)
def _hidden(remote: str, forwarded: str, trusted: tuple[Network, ...], pepper: bytes) -> str:
    """Kept for the last clients: to read and hash an address costs as much as to read the request's body."""
    address = client_address({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}, trusted)
    return keyed_hash(pepper, address).hex()[:32]


def client_address(meta: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """The address that the request comes from, an IPv6 one as its /64.

    ``X-Forwarded-For`` is believed as far as trusted proxies wrote it: from its end, up to the first address that is
    none of theirs. What stands before that, anybody may have written.
    """
    address = _parsed(meta.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    while hops and address is not None and any(address in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = before
    if address is None:
        return "unknown"  # A Unix socket has no addresses: all of its callers count as one.
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
