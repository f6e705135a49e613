import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from desktop.downloads import fetch
from desktop.downloads.fetch import Patience, download
from desktop.downloads.gate import Gate
from desktop.downloads.partial import Partial
from desktop.network import NetworkLog
from engine.errors import (
    DownloadDamaged,
    DownloadFailed,
    DownloadRunning,
    ModelUnwritable,
    NotEnoughSpace,
)
from engine.models.values import CatalogueModel, Downloading
from tests.fakes import file_server
from tests.fakes.file_server import FileServer, catalogue_model

QUICK = Patience(
    connect_s=2.0,
    stall_s=0.3,
    tries=3,
    first_pause_s=0.01,
    longest_pause_s=0.02,
    longest_asked_pause_s=0.05,
    progress_bytes=1000,
)
CONTENT = file_server.model_bytes()


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


def fetched(model: CatalogueModel, folder: Path, **arguments: Any) -> list[Downloading]:
    given: dict[str, Any] = {"cancelled": lambda: False, "patience": QUICK} | arguments
    given.setdefault("transport", Gate(model, NetworkLog()))
    return list(download(model, folder, **given))


def begin(model: CatalogueModel, folder: Path, server: FileServer, at: int = 100_000) -> Partial:
    """A download that has broken off: `at` bytes of it are there."""
    server.script = [file_server.breaks_off(at)]
    events = download(
        model,
        folder,
        transport=Gate(model, NetworkLog()),
        cancelled=lambda: False,
        patience=replace(QUICK, first_pause_s=60, longest_pause_s=60),
    )
    for event in events:
        if event.phase == "waiting":
            break
    events.close()  # type: ignore[attr-defined]
    server.requests.clear()
    partial = Partial(model, folder)
    assert partial.size_bytes() == at
    return partial


def assert_whole(model: CatalogueModel, folder: Path) -> None:
    assert (folder / model.file).read_bytes() == CONTENT
    left = {path.name for path in folder.iterdir()}
    assert left <= {model.file, f".{model.file}.lock"}


def phases(events: list[Downloading]) -> list[str]:
    found: list[str] = []
    for event in events:
        if not found or found[-1] != event.phase:
            found.append(event.phase)
    return found


# --- a good server -----------------------------------------------------------------------------------


def test_a_model_is_fetched_checked_and_then_visible(model: CatalogueModel, folder: Path) -> None:
    events = fetched(model, folder)
    assert phases(events) == ["connecting", "fetching", "verifying"]
    assert (events[-1].done_bytes, events[-1].total_bytes) == (len(CONTENT), len(CONTENT))
    assert_whole(model, folder)


def test_the_request_tells_nothing_of_the_person(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    fetched(model, folder)
    (headers,) = server.requests
    assert set(headers) <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert headers["user-agent"] == "Carrel"
    assert headers["accept-encoding"] == "identity"


def test_nothing_is_visible_as_a_model_while_it_comes(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    assert list(folder.glob("*.gguf")) == []


def test_a_download_goes_on_where_it_was(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    begin(model, folder, server)
    events = fetched(model, folder)
    assert phases(events)[0] == "verifying", "what is there is hashed once"
    assert server.ranges == ["bytes=100000-"]
    assert server.requests[0]["if-range"] == file_server.ETAG
    assert_whole(model, folder)


def test_what_is_complete_already_is_not_asked_for_again(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    partial = begin(model, folder, server)
    partial.path.write_bytes(CONTENT)
    fetched(model, folder)
    assert server.requests == []
    assert_whole(model, folder)


def test_bytes_of_another_model_are_not_gone_on_with(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(replace(model, sha256="0" * 64), folder, server)
    assert Partial(model, folder).size_bytes() == 0
    fetched(model, folder)
    assert server.ranges == [""]
    assert_whole(model, folder)


@pytest.mark.parametrize("note", [b"", b"{", b'{"sha256": 3}', b"\xff", b"[]"])
def test_bytes_with_a_damaged_note_are_not_gone_on_with(
    note: bytes, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    (folder / f"{model.file}.part.json").write_bytes(note)
    fetched(model, folder)
    assert server.ranges == [""]
    assert_whole(model, folder)


def test_a_part_longer_than_the_model_is_thrown_away(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server).path.write_bytes(CONTENT + b"more")
    fetched(model, folder)
    assert_whole(model, folder)


# --- servers that break off, lie, or send something else -----------------------------------------------


@pytest.mark.parametrize("at", [1, 5_000, 65_536, len(CONTENT) - 1])
def test_a_connection_that_breaks_off_is_taken_up_again(
    at: int, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.script = [file_server.breaks_off(at)]
    events = fetched(model, folder)
    assert server.ranges == ["", f"bytes={at}-"]
    assert "waiting" in phases(events)
    assert_whole(model, folder)


def test_as_long_as_something_comes_the_tries_begin_anew(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.breaks_off(30_000)
    fetched(model, folder)
    assert len(server.requests) == len(CONTENT) // 30_000 + 1 > QUICK.tries
    assert_whole(model, folder)


def test_a_server_that_gives_next_to_nothing_each_time_is_given_up(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.breaks_off(1)
    with pytest.raises(DownloadFailed, match="broke"):
        fetched(model, folder)
    assert len(server.requests) == QUICK.tries


def test_a_server_that_ignores_ranges_sends_all_of_it_again(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.otherwise = file_server.ignores_ranges
    fetched(model, folder)
    assert server.ranges == ["bytes=100000-"]
    assert_whole(model, folder)


def test_a_server_that_ignores_ranges_and_breaks_off_is_given_up(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.breaks_off(100_000, file_server.ignores_ranges)
    with pytest.raises(DownloadFailed) as caught:
        fetched(model, folder)
    assert caught.value.can_resume
    assert len(server.requests) == QUICK.tries + 1, "the first of them made progress"


@pytest.mark.parametrize(
    "text",
    [
        f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}",
        f"bytes 99999-{len(CONTENT) - 1}/{len(CONTENT)}",
        f"bytes 100000-{len(CONTENT) - 1}/{len(CONTENT) + 1}",
        f"bytes 100000-{len(CONTENT)}/{len(CONTENT)}",
        "bytes */1",
        "nonsense",
    ],
)
def test_a_server_that_lies_about_ranges_is_asked_for_all_of_it(
    text: str, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.script = [file_server.says_range(text)]
    fetched(model, folder)
    assert server.ranges == ["bytes=100000-", ""]
    assert_whole(model, folder)


def test_a_server_that_always_lies_and_breaks_off_is_given_up(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    lie, broken = file_server.says_range("bytes 0-1/2"), file_server.breaks_off(100_000)
    server.script = [broken, lie] * 20
    with pytest.raises(DownloadFailed):
        fetched(model, folder)
    assert len(server.requests) < 10


def test_another_version_under_the_right_range_is_noticed_by_its_name(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.script = [file_server.other_version]
    fetched(model, folder)
    assert server.ranges == ["bytes=100000-", ""]
    assert_whole(model, folder)


@pytest.mark.parametrize("resumed", [False, True])
def test_wrong_bytes_are_refused_and_nothing_stays(
    resumed: bool, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    if resumed:
        begin(model, folder, server)
    server.otherwise = file_server.wrong_bytes
    with pytest.raises(DownloadDamaged, match="SHA-256"):
        fetched(model, folder)
    assert {path.name for path in folder.iterdir()} == {f".{model.file}.lock"}


def test_what_matches_its_hash_and_is_no_model_is_refused_all_the_same(
    folder: Path, server: FileServer
) -> None:
    server.content = b"no model at all"
    model = catalogue_model(server.content, server.url)
    with pytest.raises(DownloadDamaged):
        fetched(model, folder)
    assert {path.name for path in folder.iterdir()} == {".tiny.gguf.lock"}


def test_more_than_was_promised_is_cut_off(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    server.otherwise = file_server.without_length(b"x" * 5_000_000)
    fetched(model, folder)
    assert_whole(model, folder)


def test_less_than_was_promised_is_asked_for(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    server.script = [file_server.without_length(less=1000)]
    fetched(model, folder)
    assert server.ranges == ["", f"bytes={len(CONTENT) - 1000}-"]
    assert_whole(model, folder)


@pytest.mark.parametrize("length", [5, len(CONTENT) + 1])
def test_a_file_of_another_size_is_not_even_begun(
    length: int, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.otherwise = file_server.status(200, Content_Length=str(length))
    with pytest.raises(DownloadFailed, match="offers a file of"):
        fetched(model, folder)
    assert Partial(model, folder).size_bytes() == 100_000, "what had come stays"


def test_a_compressed_answer_is_refused(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    server.otherwise = file_server.status(200, Content_Encoding="gzip")
    with pytest.raises(DownloadFailed, match="another form"):
        fetched(model, folder)


def test_a_server_that_stalls_is_left_and_asked_again(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.script = [file_server.stalls(50_000)]
    events = fetched(model, folder)
    waiting = next(event for event in events if event.phase == "waiting")
    assert "does not answer" in waiting.words
    assert server.ranges == ["", "bytes=50000-"]
    assert_whole(model, folder)


def test_a_server_that_says_nothing_is_given_up(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.hangs_up
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1") as caught:
        fetched(model, folder)
    assert not caught.value.can_resume
    assert len(server.requests) == QUICK.tries


def test_no_server_at_all_is_said_in_words(folder: Path) -> None:
    with FileServer(CONTENT).running() as gone:
        model = catalogue_model(CONTENT, gone.url)
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        fetched(model, folder)


# --- what servers say ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 408])
def test_a_busy_server_is_asked_again(
    code: int, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.script = [file_server.status(code)]
    events = fetched(model, folder)
    assert any(f"({code})" in event.words for event in events if event.phase == "waiting")
    assert_whole(model, folder)


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("999999", 300.0), ("soon", None), ("-1", None)])
def test_a_server_may_say_how_long_to_wait_within_reason(asked: str, waited: float | None) -> None:
    response = httpx.Response(429, headers={"Retry-After": asked})
    pause = fetch._asked_pause(response)
    limit = Patience().longest_asked_pause_s
    assert (None if pause is None else min(pause, limit)) == waited


def test_the_wait_that_a_server_asks_for_is_kept(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.script = [file_server.status(429, Retry_After="2")]
    patience = replace(QUICK, longest_asked_pause_s=10)
    events = download(
        model, folder, transport=Gate(model, NetworkLog()), cancelled=lambda: False, patience=patience
    )
    words = next(event.words for event in events if event.phase == "waiting")
    events.close()  # type: ignore[attr-defined]
    assert words == "The server is busy (429). Trying again in 2 s."


@pytest.mark.parametrize(
    ("code", "words"), [(401, "log-in"), (403, "refuses"), (404, "not there"), (410, "gone"), (418, "418")]
)
def test_a_refusal_is_final_and_keeps_what_has_come(
    code: int, words: str, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.otherwise = file_server.status(code)
    with pytest.raises(DownloadFailed, match=words) as caught:
        fetched(model, folder)
    assert caught.value.can_resume
    assert len(server.requests) == 1
    assert Partial(model, folder).size_bytes() == 100_000


def test_a_range_that_the_server_does_not_have_begins_anew(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.script = [file_server.status(416)]
    fetched(model, folder)
    assert server.ranges == ["bytes=100000-", ""]
    assert_whole(model, folder)


# --- redirects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_keep_the_range(
    code: int, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    begin(model, folder, server)
    server.script = [file_server.redirect("/elsewhere", code)]
    fetched(model, folder)
    assert server.ranges == ["bytes=100000-"] * 2
    assert_whole(model, folder)


def test_redirects_in_a_circle_come_to_an_end(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.redirect("/again")
    with pytest.raises(DownloadFailed, match="from one address to the next"):
        fetched(model, folder)
    assert len(server.requests) == QUICK.redirects + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://example.org/a",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "http://me:pw@127.0.0.1/a",
        "http://[/",
    ],
)
def test_redirects_to_insecure_addresses_are_refused(
    target: str, model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    server.otherwise = file_server.redirect(target)
    with pytest.raises(DownloadFailed, match=r"not secure|is none"):
        fetched(model, folder)


def test_redirects_to_hosts_outside_the_catalogue_are_refused(
    model: CatalogueModel, folder: Path, server: FileServer, outside_connections: list[str]
) -> None:
    server.otherwise = file_server.redirect("https://example.org/tiny.gguf")
    with pytest.raises(DownloadFailed, match=r"example\.org"):
        fetched(model, folder)
    assert outside_connections == [], "it is refused before its name is looked up"


def test_https_never_becomes_http_not_even_here(folder: Path, server: FileServer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        return httpx.Response(302, headers={"Location": server.url})

    model = catalogue_model(CONTENT, "https://example.org/tiny.gguf")
    with pytest.raises(DownloadFailed, match="not secure"):
        fetched(model, folder, transport=httpx.MockTransport(answer))


def test_an_untrusted_certificate_is_said_and_not_tried_again(folder: Path) -> None:
    tries = []

    def answer(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")

    model = catalogue_model(CONTENT, "https://example.org/tiny.gguf")
    with pytest.raises(DownloadFailed, match="certificate"):
        fetched(model, folder, transport=httpx.MockTransport(answer))
    assert len(tries) == 1


# --- stopping -----------------------------------------------------------------------------------------


def test_stopping_keeps_what_has_come(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    server.otherwise = file_server.slowly(20_000, 0.02, at=200_000)
    stop = False
    events = download(
        model, folder, transport=Gate(model, NetworkLog()), cancelled=lambda: stop, patience=QUICK
    )
    for event in events:
        stop = stop or event.done_bytes > 0
    kept = Partial(model, folder).size_bytes()
    assert 0 < kept < len(CONTENT)
    server.otherwise = file_server.honest
    fetched(model, folder)
    assert server.ranges[-1] == f"bytes={kept}-"
    assert_whole(model, folder)


def test_stopping_ends_a_pause_between_tries(model: CatalogueModel, folder: Path, server: FileServer) -> None:
    server.otherwise = file_server.status(503, Retry_After="60")
    seen: list[str] = []
    events = download(
        model,
        folder,
        transport=Gate(model, NetworkLog()),
        cancelled=lambda: "waiting" in seen,
        patience=replace(QUICK, longest_asked_pause_s=60),
    )
    seen.extend(event.phase for event in events)  # a pause of a minute would meet the test's time limit
    assert seen == ["connecting", "waiting"] or seen[-1] == "waiting"


def test_two_downloads_of_one_model_are_kept_apart(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    first = download(
        model, folder, transport=Gate(model, NetworkLog()), cancelled=lambda: False, patience=QUICK
    )
    next(first)
    with pytest.raises(DownloadRunning, match="Tiny"):
        fetched(model, folder)
    first.close()  # type: ignore[attr-defined]
    fetched(model, folder)
    assert_whole(model, folder)


# --- the disk -----------------------------------------------------------------------------------------


def test_a_disk_that_is_too_full_is_said_before_anything_is_asked(
    model: CatalogueModel, folder: Path, server: FileServer
) -> None:
    huge = replace(model, size_bytes=1 << 60)
    with pytest.raises(NotEnoughSpace) as caught:
        fetched(huge, folder)
    assert caught.value.needed_bytes > 1 << 60
    assert server.requests == []


class FullDisk:
    """The part's file on a disk that takes `room` bytes more; writes may be short, as the system's are."""

    def __init__(self, file: Any, room: int, error: int) -> None:
        self._file, self._room, self._error = file, room, error

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(self._error, os.strerror(self._error))
        written: int = self._file.write(data[: self._room])
        self._room -= written
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errno.ENOSPC, NotEnoughSpace),
        (errno.EDQUOT, NotEnoughSpace),
        (errno.EFBIG, ModelUnwritable),
        (errno.EROFS, ModelUnwritable),
    ],
)
def test_a_disk_that_fills_up_in_the_middle_keeps_what_it_took(
    error: int,
    expected: type[Exception],
    model: CatalogueModel,
    folder: Path,
    server: FileServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Path.open

    def opened(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        file = real(path, mode, *arguments, **named)
        return FullDisk(file, 123_456, error) if mode == "r+b" else file

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        with pytest.raises(expected):
            fetched(model, folder)
    assert Partial(model, folder).size_bytes() == 123_456
    server.requests.clear()
    fetched(model, folder)
    assert server.ranges == ["bytes=123456-"]
    assert_whole(model, folder)


def test_a_folder_that_cannot_be_made_is_said(
    model: CatalogueModel, tmp_path: Path, server: FileServer
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelUnwritable):
        fetched(model, tmp_path / "file" / "models")
    assert server.requests == []


def test_a_folder_without_permission_is_said(
    model: CatalogueModel, folder: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refused(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if str(path).startswith(str(folder)):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, *arguments, **named)

    monkeypatch.setattr(os, "open", refused)  # whoever runs the tests may be allowed everything
    with pytest.raises(ModelUnwritable, match="Permission denied"):
        fetched(model, folder)
    assert server.requests == []


def test_the_hash_of_the_published_file_is_the_catalogue_s(model: CatalogueModel, folder: Path) -> None:
    fetched(model, folder)
    assert hashlib.sha256((folder / model.file).read_bytes()).hexdigest() == model.sha256
