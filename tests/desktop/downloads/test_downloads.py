import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.downloads.downloads import Downloads
from desktop.downloads.messages import Fetch
from desktop.downloads.partial import Partial
from desktop.egress.door import Door, KeptDoor, SpawnedDoor, open_door
from desktop.network import NetworkLog
from engine.errors import DownloadDamaged, DownloadFailed, DownloadRunning, ModelUnknown, NotEnoughSpace
from engine.models.values import CatalogueModel, Downloading, ModelAdded
from tests.fakes import file_server
from tests.fakes.catalogue import write_catalogue
from tests.fakes.file_server import FileServer, catalogue_model

CONTENT = file_server.model_bytes()
LONG_S = 30.0


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT).running() as running:
        yield running


@pytest.fixture
def model(server: FileServer) -> CatalogueModel:
    return catalogue_model(CONTENT, server.url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def catalogue(model: CatalogueModel, tmp_path: Path) -> Path:
    huge = catalogue_model(
        CONTENT, model.url, id="huge", file="huge.gguf", size_bytes=1 << 39, sha256="1" * 64
    )
    return write_catalogue(tmp_path / "models.toml", model, huge)


DOORS = [
    pytest.param(KeptDoor, marks=pytest.mark.skipif(os.name != "posix", reason="needs fork")),
    SpawnedDoor,
]


@pytest.fixture(params=DOORS)
def downloads(request: pytest.FixtureRequest, catalogue: Path, folder: Path) -> Iterator[Downloads]:
    made = Downloads(catalogue=catalogue, models=folder, network=NetworkLog(), door=request.param(catalogue))
    yield made
    made.close()


@pytest.fixture
def kept(catalogue: Path, folder: Path) -> Iterator[Downloads]:
    made = Downloads(catalogue=catalogue, models=folder, network=NetworkLog(), door=open_door(catalogue))
    yield made
    made.close()


def never() -> bool:
    return False


def test_a_model_is_fetched_in_another_process(downloads: Downloads, folder: Path) -> None:
    events = list(downloads.download("tiny", cancelled=never))
    assert events[-1] == ModelAdded("tiny")
    assert all(isinstance(event, Downloading) for event in events[:-1])
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


def test_every_connection_stands_in_the_app_s_log(downloads: Downloads, server: FileServer) -> None:
    list(downloads.download("tiny", cancelled=never))
    attempts = downloads._network.entries()
    assert ("connect", "127.0.0.1", server.port) in [
        (attempt.action, attempt.host, attempt.port) for attempt in attempts
    ]
    assert {attempt.purpose for attempt in attempts} == {"Downloading Tiny"}
    assert all(attempt.allowed for attempt in attempts)
    assert all(attempt.caller.startswith("desktop.downloads.gate:") for attempt in attempts)


def test_the_errors_of_the_other_process_are_raised_here(downloads: Downloads, server: FileServer) -> None:
    server.otherwise = file_server.wrong_bytes
    with pytest.raises(DownloadDamaged):
        list(downloads.download("tiny", cancelled=never))
    with pytest.raises(NotEnoughSpace):
        list(downloads.download("huge", cancelled=never))


def test_what_is_here_is_not_fetched_again(kept: Downloads, server: FileServer) -> None:
    list(kept.download("tiny", cancelled=never))
    server.requests.clear()
    assert list(kept.download("tiny", cancelled=never)) == [ModelAdded("tiny")]
    assert server.requests == []


def test_unknown_models_are_said(kept: Downloads) -> None:
    with pytest.raises(ModelUnknown, match="other"):
        next(kept.download("other", cancelled=never))
    with pytest.raises(ModelUnknown):
        kept.partial_bytes("other")
    with pytest.raises(ModelUnknown):
        kept.discard("other")


def test_without_a_door_nothing_is_fetched(catalogue: Path, folder: Path, server: FileServer) -> None:
    shut = Downloads(catalogue=catalogue, models=folder, network=NetworkLog(), door=None)
    with pytest.raises(DownloadFailed, match="without a way"):
        list(shut.download("tiny", cancelled=never))
    assert shut.partial_bytes("tiny") == 0
    assert [model.id for model in shut.catalogue()] == ["tiny", "huge"]
    assert server.requests == []


def test_after_closing_nothing_is_fetched(kept: Downloads) -> None:
    kept.close()
    with pytest.raises(DownloadFailed, match="no process"):
        list(kept.download("tiny", cancelled=never))


# --- pausing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [file_server.slowly(5_000, 0.05), file_server.stalls(60_000)], ids=["slow", "stalled"]
)
def test_stopping_takes_effect_at_once_and_keeps_what_has_come(
    answer: file_server.Answer, kept: Downloads, server: FileServer, folder: Path
) -> None:
    server.otherwise = answer
    stopped_at = 0.0

    def cancelled() -> bool:
        return stopped_at > 0

    for event in kept.download("tiny", cancelled=cancelled):
        if not stopped_at and isinstance(event, Downloading) and kept.partial_bytes("tiny") >= 5_000:
            stopped_at = time.monotonic()
        elif not stopped_at:
            _wait_for_bytes(kept, 5_000)
            stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 5.0, "60 ms on a quiet computer; a stalled server is given 30 s"
    assert 5_000 <= kept.partial_bytes("tiny") < len(CONTENT)
    server.otherwise = file_server.honest
    assert list(kept.download("tiny", cancelled=never))[-1] == ModelAdded("tiny")
    assert server.ranges[-1] != ""
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


def _wait_for_bytes(downloads: Downloads, count: int) -> None:
    deadline = time.monotonic() + LONG_S
    while downloads.partial_bytes("tiny") < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert downloads.partial_bytes("tiny") >= count


def test_a_download_that_is_no_longer_listened_to_ends_and_can_be_discarded(
    kept: Downloads, server: FileServer
) -> None:
    server.otherwise = file_server.stalls(60_000)
    events = kept.download("tiny", cancelled=never)
    next(events)
    _wait_for_bytes(kept, 60_000)
    with pytest.raises(DownloadRunning):
        kept.discard("tiny")
    events.close()
    assert kept.discard("tiny") == 60_000
    assert kept.partial_bytes("tiny") == 0
    assert kept.discard("tiny") == 0


def test_two_downloads_of_one_model_are_kept_apart(kept: Downloads, server: FileServer) -> None:
    server.otherwise = file_server.stalls(60_000)
    first = kept.download("tiny", cancelled=never)
    next(first)
    with pytest.raises(DownloadRunning):
        list(kept.download("tiny", cancelled=never))
    first.close()


# --- deaths -------------------------------------------------------------------------------------------


def _fetching_process(door: KeptDoor) -> int:
    """The process that the doorkeeper has started."""
    deadline = time.monotonic() + LONG_S
    path = Path(f"/proc/{door.pid}/task/{door.pid}/children")
    while not (found := path.read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.01)
    (pid,) = found
    return int(pid)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_a_killed_download_is_said_and_goes_on_where_it_was(
    kept: Downloads, server: FileServer, folder: Path
) -> None:
    assert isinstance(kept._door, KeptDoor)
    server.otherwise = file_server.slowly(20_000, 0.02, at=200_000)
    events = kept.download("tiny", cancelled=never)
    next(events)
    _wait_for_bytes(kept, 40_000)
    os.kill(_fetching_process(kept._door), signal.SIGKILL)
    with pytest.raises(DownloadFailed, match="ended unexpectedly") as caught:
        list(events)
    assert caught.value.can_resume
    had = kept.partial_bytes("tiny")
    assert had >= 40_000
    server.otherwise = file_server.honest
    assert list(kept.download("tiny", cancelled=never))[-1] == ModelAdded("tiny")
    assert server.ranges[-1] == f"bytes={had}-"
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


def test_many_kills_lose_nothing(kept: Downloads, server: FileServer, folder: Path) -> None:
    if not isinstance(kept._door, KeptDoor):
        pytest.skip("needs the doorkeeper")
    server.otherwise = file_server.slowly(4_000, 0.002, at=40_000)
    had = 0
    for _ in range(5):
        events = kept.download("tiny", cancelled=never)
        next(events)
        _wait_for_bytes(kept, min(had + 20_000, len(CONTENT) - 1))
        os.kill(_fetching_process(kept._door), signal.SIGKILL)
        with pytest.raises(DownloadFailed):
            list(events)
        now = kept.partial_bytes("tiny")
        assert now > had
        had = now
    server.otherwise = file_server.honest
    assert list(kept.download("tiny", cancelled=never))[-1] == ModelAdded("tiny")
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


# --- the door -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door_kind", DOORS)
def test_a_request_that_names_no_entry_is_refused_out_there_too(
    door_kind: type[KeptDoor] | type[SpawnedDoor], catalogue: Path, folder: Path, server: FileServer
) -> None:
    """Whoever has taken over the app speaks to the door without the app's own checks."""
    door: Door = door_kind(catalogue)
    try:
        with door.fetch(Fetch(server.url, str(folder))) as pipe:
            assert pipe.poll(LONG_S)
            assert b"ModelUnknown" in pipe.recv_bytes()
    finally:
        door.close()
    assert server.requests == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_door_knows_the_catalogue_of_before(
    catalogue: Path, folder: Path, server: FileServer, model: CatalogueModel
) -> None:
    door = KeptDoor(catalogue)
    try:
        with door.fetch(Fetch("huge", str(folder))) as pipe:  # answered: the catalogue has been read
            assert pipe.poll(LONG_S)
        write_catalogue(catalogue, catalogue_model(CONTENT, model.url, id="evil", file="evil.gguf"))
        with door.fetch(Fetch("evil", str(folder))) as pipe:
            assert pipe.poll(LONG_S)
            assert b"ModelUnknown" in pipe.recv_bytes()
    finally:
        door.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nonsense_at_the_door_is_answered_with_a_closed_pipe(
    catalogue: Path, folder: Path, kept: Downloads
) -> None:
    assert isinstance(kept._door, KeptDoor)
    kept._door._control.send(b"\xff nonsense")
    assert list(kept.download("tiny", cancelled=never))[-1] == ModelAdded("tiny")


def test_a_damaged_catalogue_is_said_at_each_request(tmp_path: Path, folder: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("nonsense", encoding="utf-8")
    door = open_door(broken)
    assert door is not None
    try:
        with door.fetch(Fetch("tiny", str(folder))) as pipe:
            assert pipe.poll(LONG_S)
            assert b"CatalogueDamaged" in pipe.recv_bytes()
    finally:
        door.close()


def test_without_a_process_for_it_there_is_no_door(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux needs one beforehand")

    def refused() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refused)
    assert open_door(catalogue) is None


def test_the_part_of_another_catalogue_s_model_does_not_count(
    kept: Downloads, folder: Path, model: CatalogueModel
) -> None:
    folder.mkdir()
    (folder / "tiny.gguf.part").write_bytes(b"something")
    assert kept.partial_bytes("tiny") == Partial(model, folder).size_bytes() == 0
    assert kept.discard("tiny") == len(b"something")
