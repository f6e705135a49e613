from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import ProviderInvalid, ProviderUnknown
from engine.frontier import providers
from engine.frontier.values import Provider


def own(url: str, **more: object) -> Provider:
    fields: dict[str, object] = {"id": "own", "name": "My own", "format": "openai", "base_url": url}
    return Provider(**(fields | more))  # type: ignore[arg-type]


def test_those_that_come_along_are_sound_but_for_azure_which_wants_a_name() -> None:
    for provider in providers.BUILT_IN:
        if provider.id != "azure":
            assert providers.checked(provider) == provider
            assert provider.built_in
            assert provider.local is (provider.models == ())
    with pytest.raises(ProviderInvalid, match="Azure resource"):
        providers.checked(providers.find("azure", providers.BUILT_IN))


def test_no_two_have_the_same_id() -> None:
    ids = [provider.id for provider in providers.BUILT_IN]
    assert len(ids) == len(set(ids)) == 13


def test_an_added_one_stands_in_the_place_of_the_built_in_one_of_its_id() -> None:
    azure = own("https://mine.openai.azure.com", id="azure", format="azure")
    found = providers.known([azure, own("https://x.example")])
    assert providers.find("azure", found) == azure
    assert [provider.id for provider in found][-1] == "own"
    assert len(found) == len(providers.BUILT_IN) + 1


def test_one_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ProviderUnknown) as caught:
        providers.find("opneai", providers.BUILT_IN)
    assert "anthropic" in caught.value.known


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://API.Example.org/v1/", "https://api.example.org/v1"),
        (" https://api.example.org/v1/chat/completions ", "https://api.example.org/v1"),
        ("https://api.example.org/v1/models", "https://api.example.org/v1"),
        ("https://api.example.org:8443", "https://api.example.org:8443"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
        ("https://аpi.openai.com/v1", "https://xn--pi-6kc.openai.com/v1"),  # a Cyrillic а
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("http://192.168.1.20:8000/v1", "http://192.168.1.20:8000/v1"),
        ("http://nas.local/v1", "http://nas.local/v1"),
        ("http://desk/v1", "http://desk/v1"),
        ("https://api.example.org./v1", "https://api.example.org/v1"),
    ],
)
def test_an_address_is_kept_as_it_will_be_used(typed: str, kept: str) -> None:
    checked = providers.checked(own(typed))
    assert checked.base_url == kept
    assert providers.checked(checked) == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.org",
        "ftp://api.example.org",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///v1",
        "https://api.example.org:99999",
        "https://api.example.org:x",
        "https://exa mple.org",
        "https://exa\\mple.org",
        "https://-.org",
        "https://a..b",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ProviderInvalid):
        providers.checked(own(url))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://me:sk-secret@api.example.org", "name or password"),
        ("https://sk-secret@api.example.org", "name or password"),
        ("https://api.example.org/?key=sk-secret", "own field"),
        ("https://api.example.org/#sk-secret", "own field"),
        ("http://api.example.org", "https://"),
        ("http://8.8.8.8", "https://"),
        ("http://172.32.0.1", "https://"),
        ("http://[2001:db8::1]", "https://"),
    ],
)
def test_a_refusal_says_why_and_repeats_no_key(url: str, words: str) -> None:
    with pytest.raises(ProviderInvalid, match=words) as caught:
        providers.checked(own(url))
    assert "secret" not in str(caught.value)


def test_a_public_server_is_not_made_free_by_calling_it_local() -> None:
    with pytest.raises(ProviderInvalid, match="neither this computer nor"):
        providers.checked(own("https://api.example.org", local=True))


def test_ids_and_names_are_bounded() -> None:
    for changes in ({"name": " "}, {"name": "x" * 81}, {"id": "My Own"}, {"id": ""}, {"id": "x" * 41}):
        with pytest.raises(ProviderInvalid):
            providers.checked(replace(own("https://x.example"), **changes))


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("fd00::1", True),
        ("100.100.1.1", False),
        ("0.0.0.0", False),
        ("example.local", True),
        ("local.example.org", False),
        ("10.example.org", False),
    ],
)
def test_local_is_what_nobody_outside_can_be(host: str, local: bool) -> None:
    assert providers.is_local(host) is local
