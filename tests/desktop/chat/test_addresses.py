"""desktop/chat/addresses.py: what may be opened, and what is said before."""

from __future__ import annotations

import pytest

from desktop.chat.addresses import host_of, read


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "vbscript:x",
        "smb://server/share",
        "ms-msdt:/id",
        "steam://run/1",
        "//server/share/x",
        "\\\\server\\share\\x",
        "https:\\\\example.org",
        "https://exa\u202emple.org",
        "https://example.org/\x00",
        "https://",
        "https:///etc/passwd",
        "https://[::1",
        "https://example.org:99999/",
        "https://" + "x" * 5_000,
        "/etc/passwd",
        "C:/Windows/x.exe",
        "mailto:",
        "mailto:a@b.org,c@d.org",
        "mailto:?attach=/etc/passwd",
        "http:example.org",
        "",
    ],
)
def test_these_are_never_opened(written: str) -> None:
    assert read(written) is None
    assert host_of(written) == ""


def test_a_page_is_opened_as_it_is_written() -> None:
    address = read("https://Example.org/a/b?c=d#e")
    assert address is not None
    assert (address.url, address.host) == ("https://example.org/a/b?c=d#e", "example.org")
    assert address.cautions == ()


def test_a_name_that_looks_like_another_is_shown_for_what_it_is() -> None:
    address = read("https://\u0430pple.com/id")
    assert address is not None
    assert address.url == "https://xn--pple-43d.com/id"
    assert "xn--pple-43d.com" in address.host
    assert "\u0430pple.com" in address.cautions[0]


def test_a_name_that_comes_encoded_is_read_as_well() -> None:
    address = read("https://xn--pple-43d.com/")
    assert address is not None
    assert "\u0430pple.com" in address.cautions[0]


def test_what_stands_before_the_host_is_left_out_and_said() -> None:
    address = read("https://www.bank.com:pw@evil.example/login")
    assert address is not None
    assert address.url == "https://evil.example/login"
    assert "evil.example" in address.cautions[0]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "192.168.1.1", "[::1]", "10.0.0.7", "printer", "nas.local"]
)
def test_one_that_leads_into_the_own_network_is_said(host: str) -> None:
    address = read(f"https://{host}/reboot")
    assert address is not None
    assert "your own network" in " ".join(address.cautions)


def test_what_an_address_carries_along_is_said() -> None:
    address = read("https://evil.example/p.gif?q=" + "secret%20" * 20)
    assert address is not None
    assert "words of your documents" in address.cautions[-1]


def test_one_without_encryption_is_said() -> None:
    address = read("http://example.org/")
    assert address is not None
    assert "encrypted" in address.cautions[0]


def test_a_mail_goes_out_without_text_or_attachments() -> None:
    address = read("mailto:ada@example.org?subject=x&body=secret&attach=/etc/passwd")
    assert address is not None
    assert address.url == "mailto:ada@example.org"
    assert address.cautions


def test_what_is_opened_is_plain_ascii() -> None:
    address = read("https://example.org/ümlaut?q=«x»")
    assert address is not None
    assert address.url.isascii()
