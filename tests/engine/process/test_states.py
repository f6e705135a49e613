from __future__ import annotations

import ctypes
import os
import shutil
import stat
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.process import states
from engine.process.states import RESERVE_BYTES, StateKey, StateStore

KEY = StateKey("chat 1", "model", "build 7, f16")
LIMIT = 100_000
TOKENS = [5, 0, -1, 2**31 - 1]
PAYLOAD = bytes(range(256)) * 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture
def store(folder: Path) -> StateStore:
    return StateStore(folder, LIMIT)


def key(number: int) -> StateKey:
    return StateKey(f"chat {number}", KEY.model, KEY.settings)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def is_held(store: StateStore, of: StateKey, payload: bytes = PAYLOAD) -> bool:
    state = store.load(of)
    return state is not None and state.payload.tobytes() == payload


def test_what_was_saved_is_loaded_by_another_store(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    state = StateStore(folder, LIMIT).load(KEY)
    assert state is not None
    assert state.tokens.tolist() == TOKENS
    assert state.tokens.dtype == np.int32
    assert state.payload.tobytes() == PAYLOAD
    assert state.payload.dtype == np.uint8


@pytest.mark.parametrize(
    "wrap",
    [
        bytes,
        bytearray,
        memoryview,
        (ctypes.c_uint8 * 5).from_buffer_copy,
        lambda b: np.frombuffer(b, np.uint8),
    ],
)
def test_any_buffer_can_be_saved(store: StateStore, wrap: Callable[[bytes], bytes]) -> None:
    store.save(KEY, np.array([1, 2], np.int32), wrap(b"state"))
    assert is_held(store, KEY, b"state")


def test_the_tokens_can_be_seen_alone(store: StateStore) -> None:
    assert store.tokens(KEY) is None
    store.save(KEY, TOKENS, PAYLOAD)
    tokens = store.tokens(KEY)
    assert tokens is not None and tokens.tolist() == TOKENS


def test_a_conversation_without_tokens_is_kept_as_well(store: StateStore) -> None:
    store.save(KEY, [], b"")
    state = store.load(KEY)
    assert state is not None and (state.tokens.size, state.payload.size) == (0, 0)


@pytest.mark.parametrize(
    "other",
    [
        StateKey("chat 2", "model", "build 7, f16"),
        StateKey("chat 1", "model 2", "build 7, f16"),
        StateKey("chat 1", "model", "build 8, f16"),
        StateKey("chat 1", "modelb", "uild 7, f16"),
    ],
)
def test_another_key_has_another_state(store: StateStore, other: StateKey) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    assert store.load(other) is None
    store.save(other, [1], b"other")
    assert is_held(store, KEY)
    assert is_held(store, other, b"other")


def test_a_later_state_replaces_the_earlier(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    store.save(KEY, [1], b"later")
    assert is_held(store, KEY, b"later")
    only_file(folder)


def test_a_forgotten_conversation_leaves_nothing(store: StateStore, folder: Path) -> None:
    for settings in ("build 7", "build 8"):
        store.save(StateKey("chat 1", "model", settings), TOKENS, PAYLOAD)
    store.save(key(2), [1], b"other")
    store.forget("chat 1")
    assert is_held(store, key(2), b"other")
    only_file(folder)


def test_all_can_be_cleared(store: StateStore, folder: Path) -> None:
    for number in range(3):
        store.save(key(number), TOKENS, PAYLOAD)
    store.clear()
    assert not list(folder.iterdir())


# --- limits ------------------------------------------------------------------------------------------


def test_the_least_recently_used_go_when_the_limit_is_reached(folder: Path) -> None:
    store = StateStore(folder, 3 * 1200)
    for number in range(3):
        store.save(key(number), TOKENS, PAYLOAD)
    assert is_held(store, key(0))  # and so it is used later than 1 and 2
    store.save(key(3), TOKENS, PAYLOAD)
    assert [is_held(store, key(number)) for number in range(4)] == [True, False, True, True]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3 * 1200


def test_a_state_makes_no_room_where_it_stood_itself(folder: Path) -> None:
    store = StateStore(folder, 2 * 1200)
    store.save(key(1), TOKENS, PAYLOAD)
    store.save(key(2), TOKENS, PAYLOAD)
    store.save(key(2), TOKENS, PAYLOAD)
    assert is_held(store, key(1))


def test_a_state_above_the_limit_is_not_kept_and_displaces_nothing(store: StateStore) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    store.save(key(2), TOKENS, bytes(LIMIT))
    assert is_held(store, KEY)
    assert store.load(key(2)) is None


def test_on_a_disk_that_becomes_full_states_give_way(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(key(1), TOKENS, PAYLOAD)
    store.save(key(2), TOKENS, PAYLOAD)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=RESERVE_BYTES + 100))
    store.save(key(3), TOKENS, PAYLOAD)
    assert [is_held(store, key(number)) for number in (1, 2, 3)] == [False, True, True]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    store.save(key(4), TOKENS, PAYLOAD)
    assert store.load(key(4)) is None


# --- what may be wrong -------------------------------------------------------------------------------


def cut(data: bytes, at: int) -> bytes:
    return data[:at]


def flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


@pytest.mark.parametrize("at", [0, 9, 20, 45, 50, 57, 66, 70, 75, 80, -1])
def test_a_changed_byte_anywhere_is_noticed(store: StateStore, folder: Path, at: int) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    path.write_bytes(flip(path.read_bytes(), at))
    assert store.load(KEY) is None
    assert not path.exists()


@pytest.mark.parametrize("length", [0, 1, 71, 72, 80, 91, -1])
def test_a_cut_file_is_thrown_away(store: StateStore, folder: Path, length: int) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:length])
    assert store.tokens(KEY) is None
    assert store.load(KEY) is None
    assert not path.exists()


def test_a_longer_file_is_thrown_away(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    path.write_bytes(path.read_bytes() + b"!")
    assert store.load(KEY) is None
    assert not path.exists()


@pytest.mark.parametrize("counts", [(2**63, 0), (2**62, 5), (4, 2**64 - 1), (0, 2**40)])
def test_lengths_that_a_file_does_not_have_are_not_believed(
    store: StateStore, folder: Path, counts: tuple[int, int]
) -> None:
    """Their check is right: whoever wrote them knew how."""
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    data = bytearray(path.read_bytes())
    struct.pack_into("<QQ", data, 44, *counts)
    struct.pack_into("<I", data, 68, zlib.crc32(data[:68]))
    path.write_bytes(data)
    assert store.tokens(KEY) is None
    assert not path.exists()


def test_a_file_above_the_limit_is_not_read_into_memory(store: StateStore, folder: Path) -> None:
    """A sparse file is as long as it says, and takes no room until it is read."""
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    data = bytearray(path.read_bytes())
    struct.pack_into("<QQ", data, 44, 4, 10**12)
    struct.pack_into("<I", data, 68, zlib.crc32(data[:68]))
    path.write_bytes(data)
    os.truncate(path, 72 + 16 + 10**12)
    assert store.load(KEY) is None
    assert not path.exists()


def test_a_state_under_another_name_is_not_taken_for_another_conversation(
    store: StateStore, folder: Path
) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    ours = only_file(folder)
    store.save(key(2), [1], b"other")
    (other,) = set(folder.iterdir()) - {ours}
    other.replace(ours)
    assert store.load(KEY) is None
    assert not ours.exists()


def test_a_version_to_come_is_thrown_away(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(states, "_VERSION", 2)
        store.save(KEY, TOKENS, PAYLOAD)
    assert store.load(KEY) is None


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links as POSIX has them")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_or_a_link_in_its_place_is_neither_waited_for_nor_followed(
    store: StateStore, folder: Path, make: Callable[[Path], None]
) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    path.unlink()
    make(path)
    assert store.load(KEY) is None
    assert not path.is_symlink() and not path.exists()


def test_a_folder_in_its_place_is_no_error(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    path = only_file(folder)
    path.unlink()
    path.mkdir()
    assert store.load(KEY) is None
    store.save(KEY, TOKENS, PAYLOAD)
    assert store.load(KEY) is None


def test_a_folder_that_vanishes_is_made_again(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    shutil.rmtree(folder)
    assert store.load(KEY) is None
    store.forget("chat 1")
    store.save(KEY, TOKENS, PAYLOAD)
    assert is_held(store, KEY)


def test_where_no_folder_can_be_there_is_no_state(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    store = StateStore(tmp_path / "file", LIMIT)
    store.save(KEY, TOKENS, PAYLOAD)
    assert "was not kept" in caplog.text
    assert store.load(KEY) is None
    store.forget("chat 1")


def test_a_disk_that_fails_while_it_is_written_leaves_what_was_there(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.save(KEY, TOKENS, PAYLOAD)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        store.save(KEY, [1], b"later")
    assert "No space left" in caplog.text
    assert is_held(store, KEY)
    only_file(folder)


def test_what_a_killed_writer_left_is_removed(store: StateStore, folder: Path) -> None:
    store.save(KEY, TOKENS, PAYLOAD)
    left = only_file(folder).with_suffix(".state.4711-0.part")
    left.write_bytes(b"half")
    StateStore(folder, LIMIT)
    assert not left.exists()
    assert is_held(store, KEY)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as POSIX has them")
def test_only_the_person_can_read_it_and_names_say_nothing(store: StateStore, folder: Path) -> None:
    store.save(StateKey("divorce", "/home/ada/secret-model.gguf", "f16"), TOKENS, PAYLOAD)
    path = only_file(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(word in path.name for word in ("divorce", "ada", "secret", "f16"))
