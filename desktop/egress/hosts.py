"""Where a request goes: parsed once. Without encryption only to servers of the person's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.errors import ProviderInvalid
from engine.frontier.values import Provider, authority

_PORTS = {"https": 443, "http": 80}


def place(url: str) -> tuple[str, int | None]:
    """Host and port of an address, for the log; of one that is none, as much as there is."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: parsed once, so that the key is for the very host that is connected to."""

    scheme: str
    host: str
    port: int
    path: str
    authority: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target(provider: Provider, url: str) -> Target:
    """
    Raises:
        ProviderInvalid: no address, or one that would be spoken to in plain text over a foreign network.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError as error:
        raise ProviderInvalid(f"{provider.name} has an address that is none: {url}") from error
    if parts.scheme not in _PORTS or not host:
        raise ProviderInvalid(f"{provider.name} has an address that is none: {url}")
    if parts.scheme == "http" and not provider.local:
        raise ProviderInvalid(f"the address of {provider.name} must begin with https://")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path, authority(url))
