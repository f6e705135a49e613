"""A proxy and certificates of the person's own, looked at before they are used."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from engine.errors import ProviderInvalid
from engine.frontier.values import Proxy


def checked_proxy(proxy: Proxy) -> Proxy:
    """The same without blanks around it.

    Raises:
        ProviderInvalid: it is no address, or the file holds no certificates; the sentence says which.
    """
    url, certificates = proxy.url.strip(), proxy.certificates.strip()
    if url:
        _check_address(url)
    if certificates:
        _check_certificates(certificates)
    return replace(proxy, url=url, certificates=certificates)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only when asked for
    except ValueError:
        raise ProviderInvalid("The proxy's address is not one.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProviderInvalid("The proxy's address must begin with http:// or https://.")


def _check_certificates(path: str) -> None:
    import ssl  # 10 ms, for what hardly anybody sets

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ProviderInvalid("There are no certificates in this file (PEM).") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProviderInvalid(f"The file with certificates cannot be read: {reason}.") from error
