"""The providers that Carrel knows, and what an address must be to become one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit, urlunsplit

from engine.errors import ProviderInvalid, ProviderUnknown
from engine.frontier.values import Provider

AZURE_RESOURCE = "your-resource"
"""Stands in Azure's address until the person puts the name of theirs in its place."""


def _here(provider_id: str, name: str, port: int) -> Provider:
    url = f"http://127.0.0.1:{port}/v1"
    return Provider(provider_id, name, "openai", url, needs_key=False, local=True, built_in=True)


# The models suggested, as of November 2026: general ones whose prices are public, the first for everyday use.
# A name that a provider has dropped by now gives an error of its own; its own list has the new ones.
BUILT_IN: tuple[Provider, ...] = (
    Provider(
        "anthropic",
        "Anthropic",
        "anthropic",
        "https://api.anthropic.com",
        ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"),
        built_in=True,
        keys_page="platform.claude.com/settings/keys",
    ),
    Provider(
        "openai",
        "OpenAI",
        "openai",
        "https://api.openai.com/v1",
        ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna"),
        built_in=True,
        keys_page="platform.openai.com/api-keys",
    ),
    Provider(
        "google",
        "Google",
        "google",
        "https://generativelanguage.googleapis.com/v1beta",
        ("gemini-3.6-flash", "gemini-3.5-flash-lite", "gemini-3.1-pro-preview"),
        built_in=True,
        keys_page="aistudio.google.com/apikey",
    ),
    Provider(
        "mistral",
        "Mistral",
        "openai",
        "https://api.mistral.ai/v1",
        ("mistral-large-latest", "mistral-small-latest", "mistral-medium-latest"),
        built_in=True,
        keys_page="console.mistral.ai/api-keys",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "openai",
        "https://openrouter.ai/api/v1",
        ("anthropic/claude-sonnet-5.5", "openai/gpt-6.1-terra", "deepseek/deepseek-v4.1-flash"),
        built_in=True,
        keys_page="openrouter.ai/settings/keys",
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "openai",
        "https://api.deepseek.com",
        ("deepseek-flash",),
        built_in=True,
        keys_page="platform.deepseek.com/api_keys",
    ),
    Provider(
        "groq",
        "Groq",
        "openai",
        "https://api.groq.com/openai/v1",
        ("openai/gpt-oss-120b", "openai/gpt-oss-20b"),
        built_in=True,
        keys_page="console.groq.com/keys",
    ),
    Provider(
        "azure",
        "Azure OpenAI",
        "azure",
        f"https://{AZURE_RESOURCE}.openai.azure.com",
        built_in=True,
        keys_page="ai.azure.com",
    ),
    # On this computer, at the ports that they take by themselves. Which models: they list them.
    _here("ollama", "Ollama", 11434),
    _here("lm-studio", "LM Studio", 1234),
    _here("llama-server", "llama.cpp", 8080),
    _here("vllm", "vLLM", 8000),
    _here("tgi", "TGI", 3000),
)

_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
# What people copy along with the address: the format adds it itself.
_ENDINGS = ("/chat/completions", "/completions", "/v1/messages", "/models", "/responses")
_LOCAL_ENDINGS = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
# Addresses that no one outside can reach: RFC 1122, 1918, 3927, 4193, 4291. Python's `is_private` holds more
# than can be in a local network; what providers of access share among their customers (RFC 6598) is none.
_LOCAL_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def known(added: Iterable[Provider] = ()) -> tuple[Provider, ...]:
    """All providers: an added one stands in the place of the built-in one of its id (Azure, another port)."""
    own = {provider.id: provider for provider in added}
    built_in = [own.pop(provider.id, provider) for provider in BUILT_IN]
    return (*built_in, *own.values())


def find(provider_id: str, among: Sequence[Provider]) -> Provider:
    """Raises ProviderUnknown."""
    found = next((provider for provider in among if provider.id == provider_id), None)
    if found is None:
        raise ProviderUnknown(provider_id, tuple(provider.id for provider in among))
    return found


def own_id(name: str, taken: Iterable[str] = ()) -> str:
    """A short name for a provider of the person's own that none of `taken` has."""
    plain = "-".join(re.findall(r"[a-z0-9]+", name.casefold()))[:40] or "own"
    used, wanted, number = set(taken), plain, 2
    while wanted in used:
        wanted, number = f"{plain[:36]}-{number}", number + 1
    return wanted


def is_near(address: str) -> bool:
    """Whether an address is on this computer or in the local network; what is no address is not."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    return bool(host) and is_local(host or "")


def checked(provider: Provider) -> Provider:
    """The provider with its address as it will be used: host in small ASCII letters, no slash at the end.

    A host with letters of other scripts becomes its punycode, and is shown so: “xn--…” cannot look like
    another's name.

    Raises:
        ProviderInvalid: it cannot be one; the sentence says why.
    """
    if not provider.name.strip() or len(provider.name) > 80:
        raise ProviderInvalid("The provider needs a name of at most 80 characters.")
    if not _ID.fullmatch(provider.id):
        raise ProviderInvalid("The provider's short name may have small letters, digits, “-” and “.” only.")
    parts = _split(provider.base_url)
    host = _host(parts)
    if AZURE_RESOURCE in host:
        raise ProviderInvalid(f"Put the name of your Azure resource in the place of “{AZURE_RESOURCE}”.")
    if parts.scheme == "http" and not is_local(host):
        raise ProviderInvalid(
            f"{host} is not in your own network: its address must begin with https://, or anyone between "
            "could read the key and what is sent."
        )
    if provider.local and not is_local(host):
        raise ProviderInvalid(f"{host} is neither this computer nor in your own network.")
    return replace(provider, name=provider.name.strip(), base_url=_address(parts, host))


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # read only when asked for
    except ValueError:
        raise ProviderInvalid("This is not a web address.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ProviderInvalid("The address must begin with https:// (or http:// in your own network).")
    if parts.username is not None or parts.password is not None:
        raise ProviderInvalid("There is a name or password in the address. A key goes into its own field.")
    if parts.query or parts.fragment:
        raise ProviderInvalid("The address must not have “?” or “#” in it. A key goes into its own field.")
    if any(ord(letter) <= 32 or letter in '\\<>"' for letter in text.strip()):
        raise ProviderInvalid("This is not a web address.")
    return parts


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    try:
        host = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ProviderInvalid("The host in this address cannot be.") from None
    if ":" not in host and not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
        raise ProviderInvalid("The host in this address cannot be.")
    return host


def is_local(host: str) -> bool:
    """Whether a host is this computer or in the local network: by number, or by a name that is not public."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_ENDINGS)
    return is_local_number(host.strip("[]"))


def is_local_number(address: str) -> bool:
    """Whether a numeric address is this computer's or one of the local network."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None) or number
    return any(mapped in network for network in _LOCAL_NETWORKS if network.version == mapped.version)


def _address(parts: SplitResult, host: str) -> str:
    place = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        place = f"{place}:{parts.port}"
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    return urlunsplit((parts.scheme, place, path.rstrip("/"), "", ""))
