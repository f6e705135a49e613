import keyring.backend
import pytest

from desktop.keys.system_keyring import describe_keyring, safe_keyring


class _Plaintext:
    priority = 9.0


_Plaintext.__module__ = "keyrings.alt.file"


class _SecretService:
    priority = 5.0


_SecretService.__module__ = "keyring.backends.SecretService"


def test_a_keyring_that_writes_plain_files_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [_Plaintext()])
    assert safe_keyring() is None
    assert "cannot be kept" in describe_keyring()


def test_the_systems_own_keyring_wins_over_one_of_higher_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [_Plaintext(), _SecretService()])
    assert safe_keyring() == "Secret Service"
