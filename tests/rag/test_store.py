from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rag.boxes import Box, WordBox, pack
from rag.errors import CollectionUnknown
from rag.process.messages import FileRead
from rag.store import Store
from rag.values import Block, FileState, Page, Passage
from rag.words import match_expression
from tests.fakes.reader import EMBEDDER, vector


def _read(*texts: str, title: str = "Title") -> FileRead:
    pages = tuple(Page(n, text, (Block("paragraph", 0, len(text)),)) for n, text in enumerate(texts, start=1))
    passages = tuple(Passage(n, n + 1, 0, len(text), text) for n, text in enumerate(texts))
    return FileRead(title, "hash of " + "|".join(texts), pages, passages)


def _keep(store: Store, document_id: int, file: FileState, read: FileRead) -> bool:
    vectors = [vector(passage.text) for passage in read.passages]
    return store.keep(document_id, file, read, vectors, EMBEDDER)


def _add(store: Store, path: str, *texts: str, collection: str = "Contracts") -> int:
    collection_id = store.make_collection(collection)
    store.register(collection_id, [FileState(path, 10, 20)])
    document = store.known(collection_id)[path]
    assert _keep(store, document.id, document.file, _read(*texts))
    return document.id


def _texts(store: Store, query: str) -> list[str]:
    found = [id_ for id_, _ in store.search_words(match_expression(query), 20)]
    passages = store.passages(found)
    return [passages[id_].text for id_ in found]


def _check_words_index(store: Store) -> None:
    """FTS5's own comparison of its index with the passages; raises where they differ."""
    with store._database.write() as connection:
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


def test_kept_document_is_found_by_its_words_and_shown_by_its_page(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.", "Rent is due monthly.")
    assert _texts(store, "When is the rent due?") == ["Rent is due monthly."]
    assert store.page("/a/lease.txt", 2) == Page(2, "Rent is due monthly.", (Block("paragraph", 0, 20),))
    assert store.page_of(document_id, None) == store.page("/a/lease.txt", 1)
    assert store.page("/a/lease.txt", 3) is None
    (row,) = store.documents()
    assert (row.state, row.passages, row.pages, row.name) == ("ready", 2, 2, "lease.txt")


def test_new_content_replaces_the_old_passages_under_new_ids(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.")
    before = store.search_words('"term"', 5)
    assert _add(store, "/a/lease.txt", "The term is five years.") == document_id
    assert _texts(store, "term") == ["The term is five years."]
    assert not {id_ for id_, _ in before} & {id_ for id_, _ in store.search_words('"term"', 5)}
    _check_words_index(store)


def test_waiting_for_new_content_keeps_the_old_passages_until_then(store: Store) -> None:
    _add(store, "/a/lease.txt", "The term is three years.")
    store.register(store.collection_id("Contracts"), [FileState("/a/lease.txt", 11, 21)])
    assert [item.file.content_hash for item in store.waiting()] == ["hash of The term is three years."]
    assert _texts(store, "term") == ["The term is three years."]


def test_failed_document_says_nothing_any_more(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.")
    store.fail(document_id, "It is protected by a password.")
    assert _texts(store, "term") == []
    (status,) = store.status()
    assert [problem.reason for problem in status.problems] == ["It is protected by a password."]
    assert (status.documents, status.failed, status.passages) == (1, 1, 0)
    _check_words_index(store)


def test_removed_collection_takes_its_documents_and_their_words_along(store: Store) -> None:
    gone = _add(store, "/a/lease.txt", "The term is three years.")
    _add(store, "/b/other.txt", "The term is unknown.", collection="Other")
    assert store.remove_collection("Contracts") == [gone]
    assert _texts(store, "term") == ["The term is unknown."]
    assert store.page("/a/lease.txt", 1) is None
    _check_words_index(store)
    with pytest.raises(CollectionUnknown):
        store.collection_id("Contracts")


def test_document_removed_while_it_was_read_is_not_kept(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.")
    store.remove([document_id])
    assert not _keep(store, document_id, FileState("/a/lease.txt", 1, 1), _read("anything"))
    assert store.documents() == []


def test_same_file_in_two_collections_is_two_documents(store: Store) -> None:
    one = _add(store, "/a/lease.txt", "The term is three years.")
    other = _add(store, "/a/lease.txt", "The term is three years.", collection="Other")
    assert one != other
    scoped = store.search_words('"term"', 5, {other})
    assert [store.passages([id_])[id_].document_id for id_, _ in scoped] == [other]
    assert store.search_words('"term"', 5, set()) == []


def test_search_finds_stems_accents_headings_and_titles(store: Store) -> None:
    _add(store, "/a/lease.txt", "Terminating the café’s contract requires notice.")
    for query in ("terminated", "CAFE", "Café notices", "title"):
        assert len(_texts(store, query)) == 1, query


def test_chinese_and_japanese_are_found_by_parts_of_a_sentence(store: Store) -> None:
    _add(store, "/a/contract.txt", "本合同终止须提前九十天通知。", "レンタル契約は三年です。")
    assert _texts(store, "终止通知") == ["本合同终止须提前九十天通知。"]
    assert _texts(store, "契約") == ["レンタル契約は三年です。"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", '"', "'; DROP TABLE passages; --", "NEAR(a b, 2) AND NOT *", "a:b^2 {x} (", "🙂", "\x00",
     "-term", "the of and", "x" * 10_000, " ".join(f"word{n}" for n in range(3000)), "\ud800"],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_any_text_can_be_searched_for(store: Store, text: str) -> None:
    _add(store, "/a/lease.txt", "The term is three years.")
    assert isinstance(store.search_words(match_expression(text), 5), list)


def test_stop_words_alone_are_searched_as_they_are(store: Store) -> None:
    _add(store, "/a/music.txt", "The Who were a band.", "Apples and pears.")
    assert _texts(store, "The Who") == ["The Who were a band."]


def test_bm25_scores_are_positive_and_the_same_for_chosen_passages(store: Store) -> None:
    _add(store, "/a/x.txt", "rent rent rent", "rent and term", "something else", "and more", "and most")
    ranked = store.search_words('"rent"', 5)
    assert [score > 0 for _, score in ranked] == [True, True]
    assert ranked[0][1] > ranked[1][1]
    assert store.word_scores('"rent"', [ranked[1][0], 999]) == dict(ranked[1:])


def test_screen_reads_the_last_commit_while_a_file_is_being_written(store: Store) -> None:
    _add(store, "/a/lease.txt", "The term is three years.")
    seen: list[int] = []
    with store._database.write() as connection:
        connection.execute("DELETE FROM passages")
        other = threading.Thread(target=lambda: seen.append(len(_texts(store, "term"))))
        other.start()
        other.join(5)
    assert seen == [1]
    assert _texts(store, "term") == []


def test_text_with_a_null_character_is_kept_whole(store: Store) -> None:
    _add(store, "/a/odd.txt", "before\x00after the end")
    page = store.page("/a/odd.txt", 1)
    assert page is not None and page.text == "before\x00after the end"
    _check_words_index(store)


def test_store_opened_again_holds_what_was_kept(tmp_path: Path) -> None:
    first = Store(tmp_path / "other.db")
    _add(first, "/a/lease.txt", "The term is three years.")
    first.close()
    second = Store(tmp_path / "other.db")
    assert _texts(second, "term") == ["The term is three years."]
    second.close()


def test_boxes_of_a_page_are_kept(store: Store) -> None:
    document_id = _add(store, "/a/scan.pdf", "any")
    page = Page(1, "Rent", (), pack([WordBox(0, 4, Box(0.1, 0.2, 0.3, 0.25))]))
    assert _keep(store, document_id, FileState("/a/scan.pdf", 1, 1), FileRead("Scan", "hash", (page,)))
    assert store.page("/a/scan.pdf", 1) == page


def test_documents_are_chosen_by_collection_kind_and_time(store: Store) -> None:
    old = _add(store, "/a/lease.PDF", "The term is three years.")
    new = _add(store, "/a/notes.txt", "The term is five years.")
    other = _add(store, "/b/other.pdf", "The term is unknown.", collection="Other")
    store.confirm(new, FileState("/a/notes.txt", 10, 1_000))
    assert store.paths(kinds=["pdf"]).keys() == {old, other}
    assert store.paths(store.collection_id("Contracts"), kinds=["pdf", "docx"]).keys() == {old}
    assert store.paths(modified_from_ns=1_000).keys() == {new}
    assert store.paths(modified_before_ns=1_000).keys() == {old, other}
    assert store.paths(kinds=[]) == {}


def test_vectors_of_two_embedders_stand_side_by_side(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.", "Rent is due monthly.")
    ids = list(store.titled(document_id))
    assert store.documents_without("new") == {document_id: "/a/lease.txt"}
    store.add_vectors("new", {ids[0]: b"one"})
    assert store.passages_without("new") == 1
    store.add_vectors("new", {ids[1]: b"two", 99_999: b"of a passage that was replaced"})
    assert store.documents_without("new") == {}
    assert store.vectors(ids, "new") == {ids[0]: b"one", ids[1]: b"two"}
    assert store.vectors(ids, EMBEDDER) == {
        ids[0]: vector("The term is three years."),
        ids[1]: vector("Rent is due monthly."),
    }
    store.drop_vectors([EMBEDDER])
    assert store.embedders() == {"new": 2}


def test_replaced_and_removed_passages_take_their_vectors_along(store: Store) -> None:
    document_id = _add(store, "/a/lease.txt", "The term is three years.", "Rent is due monthly.")
    _add(store, "/a/lease.txt", "The term is five years.")
    assert store.embedders() == {EMBEDDER: 1}
    store.remove([document_id])
    assert store.embedders() == {}


def test_copied_document_is_whole_and_its_own(store: Store) -> None:
    _add(store, "/a/lease.txt", "The term is three years.", "Rent is due monthly.")
    (content_hash,) = [item.file.content_hash for item in store.known(1).values()]
    other = store.make_collection("Other")
    store.register(other, [FileState("/b/lease.txt", 10, 30)])
    (copy,) = store.waiting(other)
    file = FileState("/b/lease.txt", 10, 30, content_hash)
    assert store.size_is_known(file)
    assert store.share(copy.id, file) == 2
    assert store.page_of(copy.id, 2) == store.page("/a/lease.txt", 2)
    assert store.embedders() == {EMBEDDER: 4}
    (row,) = store.documents(other)
    assert (row.state, row.passages, row.pages) == ("ready", 2, 2)
    assert store.known(other)["/b/lease.txt"].file == file
    store.remove_collection("Contracts")
    assert _texts(store, "rent") == ["Rent is due monthly."]
    _check_words_index(store)
    assert store.share(copy.id, FileState("/b/lease.txt", 10, 30, "another")) is None
    assert store.share(copy.id, FileState("/b/lease.md", 10, 30, content_hash)) is None


def test_title_that_was_only_the_file_s_name_follows_it(store: Store) -> None:
    collection = store.make_collection("Contracts")
    store.register(collection, [FileState("/a/secret plans.txt", 10, 20), FileState("/a/named.txt", 1, 1)])
    first, second = store.waiting()
    _keep(store, first.id, first.file, _read("Nothing here.", title="secret plans"))
    _keep(store, second.id, second.file, _read("Nothing there.", title="A title of its own"))
    store.move(first.id, FileState("/a/public report.txt", 10, 20))
    store.move(second.id, FileState("/a/renamed.txt", 1, 1))
    assert _texts(store, "report") == ["Nothing here."]
    assert _texts(store, "secret") == []
    assert _texts(store, "title") == ["Nothing there."]
    _check_words_index(store)
