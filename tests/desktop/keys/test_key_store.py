import pytest

from desktop.keys.key_store import KeyStore
from engine.errors import KeyringLocked, KeyringMissing
from tests.contracts.keyring import ELSEWHERE, HERE, secret
from tests.fakes.keyring import FakeKeyring


def test_it_answers_without_asking_the_keyring() -> None:
    keyring = FakeKeyring()
    keyring.keys[HERE] = b"sk-kept"
    store = KeyStore(keyring)
    assert store.place(*HERE) == ""
    store.look([HERE, ELSEWHERE])
    keyring.asked.clear()
    assert [store.place(*account) for account in (HERE, ELSEWHERE)] == ["keyring", ""]
    assert store.keyring() == "Secret Service"
    assert keyring.asked == []


def test_a_key_that_went_from_the_keyring_is_gone_after_the_next_look() -> None:
    keyring = FakeKeyring()
    store = KeyStore(keyring)
    store.set(*HERE, secret(b"sk-kept"))
    keyring.keys.clear()
    store.look([HERE])
    assert store.place(*HERE) == ""


@pytest.mark.parametrize("session", [False, True])
def test_the_key_that_is_handed_over_is_wiped(session: bool) -> None:
    store = KeyStore(FakeKeyring())
    key = secret(b"sk-handed-over")
    store.set(*HERE, key, session=session)
    assert len(key) == 0
    assert store.place(*HERE) == ("session" if session else "keyring")


def test_the_key_is_wiped_even_where_the_keyring_refuses_it() -> None:
    store = KeyStore(FakeKeyring(KeyringLocked("Secret Service")))
    key = secret(b"sk-refused")
    with pytest.raises(KeyringLocked):
        store.set(*HERE, key)
    assert len(key) == 0
    assert store.place(*HERE) == ""


def test_without_a_keyring_a_key_can_be_held_for_the_session() -> None:
    store = KeyStore(FakeKeyring(KeyringMissing()))
    store.look([HERE])
    assert store.keyring() == ""
    with pytest.raises(KeyringMissing):
        store.set(*HERE, secret(b"sk-nowhere"))
    store.set(*HERE, secret(b"sk-session"), session=True)
    assert store.place(*HERE) == "session"
    store.remove(*HERE)
    assert store.place(*HERE) == ""


def test_a_key_that_is_kept_takes_the_place_of_one_for_the_session() -> None:
    keyring = FakeKeyring()
    store = KeyStore(keyring)
    store.set(*HERE, secret(b"sk-session"), session=True)
    store.set(*HERE, secret(b"sk-kept"))
    assert store.place(*HERE) == "keyring"
    assert keyring.keys == {HERE: b"sk-kept"}
