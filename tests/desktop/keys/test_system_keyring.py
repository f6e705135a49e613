import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from desktop.keys.back_ends import Missing, own_keyring
from desktop.keys.secret import LONGEST, Secret
from desktop.keys.system_keyring import Keyring, describe_keyring
from engine.errors import KeyringLocked, KeyringMissing
from tests.contracts.keyring import ELSEWHERE, HERE, KeyringContract, secret, text_of
from tests.fakes.keyring import FakeKeyring
from tests.fakes.secret_service import RunningKeyring

linux = pytest.mark.skipif(sys.platform != "linux", reason="GNOME's keyring is Linux's")


class TestFakeKeyring(KeyringContract):
    @pytest.fixture
    def keyring(self) -> FakeKeyring:
        return FakeKeyring()


@linux
class TestGnomeKeyring(KeyringContract):
    @pytest.fixture
    def keyring(self, gnome_keyring: RunningKeyring) -> Keyring:
        return Keyring()


@linux
def test_without_a_keyring_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    with pytest.raises(KeyringMissing) as raised:
        Keyring().name()
    assert raised.value.detail
    assert "cannot be kept" in describe_keyring()


@linux
def test_what_else_is_installed_is_never_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A back end that keeps keys in a plain file, made the default in each way that `keyring` knows."""
    (tmp_path / "plain.py").write_text(
        "import keyring.backend\n"
        "class Plain(keyring.backend.KeyringBackend):\n"
        "    priority = 99\n"
        "    def get_password(self, service, username): return 'from a plain file'\n"
        "    def set_password(self, service, username, password): pass\n"
        "    def delete_password(self, service, username): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "plain.Plain")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    with pytest.raises(Missing):
        own_keyring()
    with pytest.raises(KeyringMissing):
        Keyring().read(*HERE)


@linux
def test_a_locked_keyring_is_looked_at_without_opening_it(gnome_keyring: RunningKeyring) -> None:
    keyring = Keyring()
    keyring.write(*HERE, secret(b"sk-locked-in"))
    gnome_keyring.lock()
    assert keyring.look([HERE, ELSEWHERE]) == {HERE}


@linux
def test_a_prompt_that_nobody_answers_leaves_the_keyring_locked(gnome_keyring: RunningKeyring) -> None:
    keyring = Keyring()
    keyring.write(*HERE, secret(b"sk-locked-in"))
    gnome_keyring.lock()
    with pytest.raises(KeyringLocked) as raised:
        keyring.read(*HERE)
    assert raised.value.keyring == "Secret Service"
    assert "unlock" in raised.value.detail
    with pytest.raises(KeyringLocked):
        keyring.write(*HERE, secret(b"sk-other"))
    with pytest.raises(KeyringLocked):
        keyring.remove(*HERE)


@linux
def test_a_keyring_that_never_answers_is_given_up(gnome_keyring: RunningKeyring) -> None:
    keyring = Keyring(look_s=1.0, patience_s=1.0)
    gnome_keyring.pause()
    began = time.monotonic()
    try:
        with pytest.raises(KeyringLocked) as raised:
            keyring.read(*HERE)
    finally:
        gnome_keyring.go_on()
    assert "within 1 seconds" in raised.value.detail
    assert time.monotonic() - began < 5


@linux
def test_it_can_be_asked_from_a_process_that_collects_no_children(gnome_keyring: RunningKeyring) -> None:
    """As whoever sends is: split off by the doorkeeper, which has no use for its children's ends."""
    Keyring().write(*HERE, secret(b"sk-forked"))
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            os.write(write_end, text_of(Keyring().read(*HERE)) or b"nothing")
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        assert answer.read() == b"sk-forked"
    os.waitpid(child, 0)


def _read_for(pipe: object) -> None:
    pipe.send(text_of(Keyring().read(*HERE)))  # type: ignore[attr-defined]


@linux
def test_it_can_be_asked_from_a_daemonic_process(gnome_keyring: RunningKeyring) -> None:
    Keyring().write(*HERE, secret(b"sk-daemonic"))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    started = context.Process(target=_read_for, args=(theirs,), daemon=True)
    started.start()
    theirs.close()
    assert ours.recv() == b"sk-daemonic"
    ours.close()
    started.join()


def test_what_cannot_be_a_key_is_not_sent_anywhere() -> None:
    for wrong in (b"", b"x" * (LONGEST + 1)):
        with pytest.raises(ValueError, match="bytes"):
            Keyring().write(*HERE, secret(wrong))


@linux
def test_the_keyring_can_be_described(gnome_keyring: RunningKeyring) -> None:
    assert describe_keyring() == "Secret Service can keep keys"


def test_a_wiped_secret_leaves_zeros_where_it_was() -> None:
    data = bytearray(b"sk-wiped")
    other = Secret(data).copy()
    with Secret(data).view() as view:
        Secret(bytearray(view)).wipe()
    kept = Secret(data)
    kept.wipe()
    assert len(kept) == 0 and data == b""
    assert text_of(other) == b"sk-wiped"
    assert "wiped" not in repr(other)
