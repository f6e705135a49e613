"""The way out for the process that fetches: to the hosts of one catalogue entry, and written down."""

from __future__ import annotations

import httpx

from desktop.network import NetworkLog, purpose
from engine.models.values import CatalogueModel


class HostRefused(Exception):
    """The server hands the download on to a host that the catalogue does not name."""


class Gate(httpx.BaseTransport):
    """Opens connections to the hosts of one model, and to no other.

    While a request passes, `log` lets this thread out and writes down what it looked up and connected to;
    at all other times, and on all other threads, the log's hook refuses the network.
    """

    def __init__(self, model: CatalogueModel, log: NetworkLog) -> None:
        self._model = model
        self._log = log
        self._inner = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if not may_reach(self._model, host):
            raise HostRefused(host)
        with purpose(f"Downloading {self._model.name}"), self._log.opened_to(host):
            return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def may_reach(model: CatalogueModel, host: str) -> bool:
    """Whether a download of this model may go to the host: its own, or one that the catalogue names."""
    host = host.lower()
    if host == httpx.URL(model.url).host:
        return True
    return any(_matches(host, pattern) for pattern in model.redirect_hosts)


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
