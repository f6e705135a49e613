"""What every keyring does. A subclass gives the fixture `keyring`."""

from __future__ import annotations

from desktop.keys.key_store import SystemKeyring
from desktop.keys.secret import Secret

HERE = ("openai", "api.openai.com")
ELSEWHERE = ("openai", "proxy.example:8443")


def secret(text: bytes) -> Secret:
    return Secret(bytearray(text))


def text_of(key: Secret | None) -> bytes | None:
    if key is None:
        return None
    with key.view() as view:
        return bytes(view)


class KeyringContract:
    def test_a_key_comes_back_as_it_was_kept(self, keyring: SystemKeyring) -> None:
        given = secret(b"sk-" + b"x" * 160)
        keyring.write(*HERE, given)
        assert text_of(keyring.read(*HERE)) == b"sk-" + b"x" * 160
        assert len(given) == 163, "what was given is the caller's to wipe"

    def test_a_key_is_found_for_its_host_alone(self, keyring: SystemKeyring) -> None:
        keyring.write(*HERE, secret(b"sk-here"))
        assert keyring.read(*ELSEWHERE) is None
        assert keyring.look([HERE, ELSEWHERE]) == {HERE}

    def test_two_hosts_of_a_provider_have_a_key_each(self, keyring: SystemKeyring) -> None:
        keyring.write(*HERE, secret(b"sk-one"))
        keyring.write(*ELSEWHERE, secret(b"sk-two"))
        assert [text_of(keyring.read(*account)) for account in (HERE, ELSEWHERE)] == [b"sk-one", b"sk-two"]

    def test_a_second_key_takes_the_place_of_the_first(self, keyring: SystemKeyring) -> None:
        keyring.write(*HERE, secret(b"sk-old"))
        keyring.write(*HERE, secret(b"sk-new"))
        assert text_of(keyring.read(*HERE)) == b"sk-new"

    def test_a_removed_key_is_gone_and_may_be_removed_again(self, keyring: SystemKeyring) -> None:
        keyring.write(*HERE, secret(b"sk-gone"))
        keyring.remove(*HERE)
        keyring.remove(*HERE)
        assert keyring.read(*HERE) is None
        assert keyring.look([HERE]) == set()

    def test_it_has_a_name_that_people_know(self, keyring: SystemKeyring) -> None:
        assert keyring.name() == "Secret Service"
