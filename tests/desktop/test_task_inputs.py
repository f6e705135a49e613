from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.compose import reader_description
from desktop.errors import WorkerLost
from desktop.places import Profile
from desktop.processes.supervisor import Supervisor
from desktop.task_inputs import TaskInputs
from engine.errors import InputUnreadable, NoInputs
from engine.tasks.values import Gathering, Item, Part, RunSource
from rag.errors import CollectionUnknown, DocumentProtected
from rag.library import Library
from rag.process.messages import ReadFile, ReadTable
from rag.settings import RetrievalSettings
from tests.fakes.reader import FakeReader, ReaderLostError

TICKETS = "id,subject,body\n1,Router,It is down.\n2,Bill,It is too high.\n3,,\n"


@pytest.fixture
def reader(tmp_path: Path) -> FakeReader:
    return FakeReader(tmp_path / "library.db")


@pytest.fixture
def library(tmp_path: Path, reader: FakeReader) -> Iterator[Library]:
    library = Library(tmp_path / "library.db", reader, RetrievalSettings(), lost=(ReaderLostError,))
    yield library
    library.close()


@pytest.fixture
def inputs(library: Library) -> TaskInputs:
    return TaskInputs(library)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def source(*paths: Path, **others: object) -> RunSource:
    return RunSource(tuple(map(str, paths)), **others)  # type: ignore[arg-type]


def put(folder: Path, name: str, text: str = TICKETS) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def items_of(inputs: TaskInputs, source: RunSource) -> list[Item]:
    found: list[Item] = []
    for event in inputs.gather(source):
        if not isinstance(event, Gathering):
            found += event
    return found


# --- tables ------------------------------------------------------------------------------------------


def test_one_table_is_its_rows(inputs: TaskInputs, folder: Path) -> None:
    given = source(put(folder, "tickets.csv"))
    found = items_of(inputs, given)
    assert [item.key for item in found] == ["1", "2", "3"]
    assert found[1] == Item("2", "Row 2", {"id": "2", "subject": "Bill", "body": "It is too high."})
    assert inputs.input_columns(given) == ("id", "subject", "body")


def test_a_preview_shows_columns_first_rows_and_how_many_there_are(inputs: TaskInputs, folder: Path) -> None:
    path = put(folder, "big.csv", "id,text\n" + "".join(f"{n},text {n}\n" for n in range(2000)))
    preview = inputs.preview(source(path))
    assert (preview.total, preview.columns, len(preview.first)) == (2000, ("id", "text"), 20)
    assert inputs.preview(source(path, limit=5)).total == 5


def test_several_tables_with_the_same_columns_are_the_rows_of_all(inputs: TaskInputs, folder: Path) -> None:
    put(folder, "may/a.csv")
    put(folder, "june/a.csv", "body,id,subject\nHelp!,9,Modem\nHelp me!,10,Modem\n")
    found = items_of(inputs, source(folder))
    assert [item.key for item in found] == [
        "june/a.csv:1",
        "june/a.csv:2",
        *(f"may/a.csv:{n}" for n in (1, 2, 3)),
    ]
    assert found[0].title == "a.csv, row 1"
    assert found[0].values == {"id": "9", "subject": "Modem", "body": "Help!"}


def test_tables_with_other_columns_are_documents(inputs: TaskInputs, folder: Path) -> None:
    put(folder, "a.csv")
    put(folder, "b.csv", "x,y\n1,2\n3,4\n")
    found = items_of(inputs, source(folder))
    assert [Path(item.path).name for item in found] == ["a.csv", "b.csv"]
    assert inputs.input_columns(source(folder)) == ()


def test_a_table_among_other_files_is_a_document(inputs: TaskInputs, folder: Path) -> None:
    put(folder, "a.csv")
    put(folder, "b.txt", "words")
    assert [item.title for item in items_of(inputs, source(folder))] == ["a.csv", "b.txt"]


def test_json_that_is_no_list_is_a_document(inputs: TaskInputs, folder: Path) -> None:
    path = put(folder, "a.json", '{"a": 1}')
    (found,) = items_of(inputs, source(path))
    assert found.path == str(path)


def test_a_limit_takes_only_the_first(inputs: TaskInputs, folder: Path) -> None:
    path = put(folder, "a.csv", "id,text\n" + "1,x\n" * 3000)
    events = list(inputs.gather(source(path, limit=700)))
    assert sum(len(event) for event in events if not isinstance(event, Gathering)) == 700
    assert [event for event in events if isinstance(event, Gathering)][-1] == Gathering(700, 700)


def test_an_unknown_column_is_named_with_those_there_are(inputs: TaskInputs, folder: Path) -> None:
    given = source(put(folder, "a.csv"), columns={"message": "text"})
    with pytest.raises(NoInputs, match="Its columns: “id”, “subject”, “body”"):
        inputs.preview(given)


def test_the_only_table_must_be_readable(inputs: TaskInputs, folder: Path) -> None:
    with pytest.raises(InputUnreadable, match="bad"):
        inputs.preview(source(put(folder, "bad.jsonl", '{"a": 1}'), sheet="No such"))


def test_one_bad_table_does_not_keep_the_others(inputs: TaskInputs, folder: Path) -> None:
    put(folder, "a.csv")
    bad = put(folder, "b.csv", "\n")
    preview = inputs.preview(source(folder))
    assert preview.columns == ("id", "subject", "body") and preview.total == 4
    assert preview.unreadable == ((str(bad), "There are no rows in it."),)
    assert items_of(inputs, source(folder))[-1].path == str(bad)


def test_what_is_no_row_is_told(inputs: TaskInputs, folder: Path) -> None:
    path = put(folder, "a.jsonl", '{"a": "x"}\n{broken\n')
    assert inputs.preview(source(path)).unreadable[0] == (
        str(path),
        "Lines that are not valid JSON: 1, the first is row 2.",
    )
    with pytest.raises(InputUnreadable, match="There is nothing in “a”"):
        inputs.text(items_of(inputs, source(path))[1])


# --- documents ---------------------------------------------------------------------------------------


def test_files_that_no_reader_is_for_are_inputs_that_fail(inputs: TaskInputs, folder: Path) -> None:
    put(folder, "a.txt", "words")
    put(folder, "film.mp4", "x")
    put(folder, ".hidden", "x")
    old = put(folder, "old.doc", "x")
    preview = inputs.preview(source(folder))
    assert [item.title for item in preview.first] == ["a.txt", "film.mp4", "old.doc"]
    assert preview.total == 3
    assert preview.unreadable[1] == (
        str(old),
        "It is in the old Word format; save it as .docx or .pdf, and Carrel can read it.",
    )


def test_a_source_without_files_is_refused(inputs: TaskInputs, folder: Path) -> None:
    with pytest.raises(NoInputs):
        list(inputs.gather(source(folder)))
    missing = inputs.preview(source(folder / "gone.pdf"))
    assert missing.unreadable == ((str(folder / "gone.pdf"), "It is not there."),)


def test_a_collection_is_its_documents(
    inputs: TaskInputs, library: Library, reader: FakeReader, folder: Path
) -> None:
    put(folder, "a.csv")
    put(folder, "lease.txt", "A lease.")
    bad = put(folder, "secret.pdf", "x")
    reader.errors["secret.pdf"] = DocumentProtected(str(bad))
    list(library.index([folder], "Contracts"))
    given = RunSource(collection="Contracts")
    assert [item.title for item in items_of(inputs, given)] == ["a.csv", "lease.txt", "secret.pdf"]
    assert inputs.preview(given).unreadable == ((str(bad), "It is protected by a password."),)
    with pytest.raises(CollectionUnknown):
        inputs.preview(RunSource(collection="None"))


def test_gathering_ends_when_it_is_cancelled(inputs: TaskInputs, folder: Path) -> None:
    path = put(folder, "a.csv", "id,text\n" + "1,x\n" * 3000)
    found: list[Item] = []
    for event in inputs.gather(source(path), cancelled=lambda: bool(found)):
        if not isinstance(event, Gathering):
            found.extend(event)
    assert len(found) == 500


# --- texts -------------------------------------------------------------------------------------------


def row(**values: str) -> Item:
    return Item("1", "Row 1", values)


def test_one_column_is_its_text_alone(inputs: TaskInputs) -> None:
    text = inputs.text(row(id="7", body="It is\ndown."), {"message": "body"})
    assert text.text == "It is\ndown."
    assert text.parts == (Part(0, 11, column="message"),)


def test_several_columns_are_named_and_each_is_a_part(inputs: TaskInputs) -> None:
    text = inputs.text(row(subject="Router", note="", body="It is\ndown."))
    assert text.text == "subject: Router\nbody: It is\ndown."
    assert [(text.text[part.start : part.end], part.column) for part in text.parts] == [
        ("Router", "subject"),
        ("It is\ndown.", "body"),
    ]


def test_a_row_in_which_nothing_stands_is_unreadable(inputs: TaskInputs) -> None:
    with pytest.raises(InputUnreadable, match="There is nothing in “body” or “subject”"):
        inputs.text(row(id="1", body=" ", subject=""), {"b": "body", "s": "subject"})


def test_a_document_that_the_library_has_is_not_read_again(
    inputs: TaskInputs, library: Library, reader: FakeReader, folder: Path
) -> None:
    path = put(folder, "lease.txt", "The lease.\fThe rent.")
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    text = inputs.text(Item(str(path), "lease.txt", path=str(path)))
    assert text.text == "The lease.\n\nThe rent."
    assert text.parts == (Part(0, 10, 1), Part(12, 21, 2))
    assert not reader.requests


def test_a_document_that_has_changed_is_read_anew(
    inputs: TaskInputs, library: Library, reader: FakeReader, folder: Path
) -> None:
    path = put(folder, "lease.txt", "The lease.")
    list(library.index([folder], "Contracts"))
    path.write_text("Another lease.")
    assert inputs.text(Item(str(path), "lease.txt", path=str(path))).text == "Another lease."
    assert reader.requests[-1] == ReadFile(str(path), cut=False)


def test_documents_that_cannot_be_read_say_why(inputs: TaskInputs, reader: FakeReader, folder: Path) -> None:
    gone = str(folder / "gone.txt")
    with pytest.raises(InputUnreadable, match="could not be read: It is no longer there"):
        inputs.text(Item(gone, "gone.txt", path=gone))
    path = put(folder, "a.txt", "x")
    reader.errors["a.txt"] = DocumentProtected(str(path))
    with pytest.raises(InputUnreadable, match="password"):
        inputs.text(Item(str(path), "a.txt", path=str(path)))
    reader.errors["a.txt"] = WorkerLost("reader", "Reading took too much memory.")  # type: ignore[assignment]
    with pytest.raises(InputUnreadable, match="too much memory"):
        inputs.text(Item(str(path), "a.txt", path=str(path)))


def test_tables_are_asked_of_the_reader_with_their_sheet(
    inputs: TaskInputs, reader: FakeReader, folder: Path
) -> None:
    path = put(folder, "a.csv")
    inputs.preview(source(path))
    assert reader.requests[0] == ReadTable(str(path), "")


def test_a_table_is_looked_at_once_while_it_stays_as_it_is(
    inputs: TaskInputs, reader: FakeReader, folder: Path
) -> None:
    path = put(folder, "a.csv")
    assert inputs.input_columns(source(path)) == inputs.input_columns(source(path))
    assert reader.requests == [ReadTable(str(path), "")]
    put(folder, "a.csv", "x,y\n1,2\n")
    assert inputs.input_columns(source(path)) == ("x", "y")


def test_rows_and_reasons_come_out_of_the_reader_process(tmp_path: Path, folder: Path) -> None:
    profile = Profile(tmp_path / "profile")
    profile.logs.mkdir(parents=True)
    reader = Supervisor(reader_description(profile), log_path=profile.logs / "reader.log")
    library = Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,))
    try:
        inputs = TaskInputs(library)
        path = put(folder, "a.csv", "id,text\n" + "".join(f"{n},text {n}\n" for n in range(3000)))
        found = items_of(inputs, source(path))
        assert (len(found), found[-1].values) == (3000, {"id": "2999", "text": "text 2999"})
        with pytest.raises(InputUnreadable, match="no sheet “S”"):
            inputs.preview(source(path, sheet="S"))
    finally:
        reader.stop(grace_s=1.0)
        library.close()
