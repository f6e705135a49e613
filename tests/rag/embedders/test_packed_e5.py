from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from rag.embedders import open_embedder
from rag.embedders.export import export
from rag.embedders.gguf import GgufEmbedder
from rag.embedders.onnx import OnnxEmbedder
from rag.embedders.onnx_graph import dequantized
from rag.embedders.packed_e5 import PackDamaged, parse
from rag.errors import EmbedderMissing, EmbedderUnusable
from tests.benchmarks.e5_folder import bert, write_folder
from tests.contracts.embedder import EmbedderContract
from tests.fakes.packed_e5 import PIECES, write_packed
from tests.rag.embedders.texts import LONG, SHORT


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    write_packed(path)
    return path


@pytest.fixture(scope="module")
def e5(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GgufEmbedder]:
    target = tmp_path_factory.mktemp("e5") / "e5.gguf"
    export(weights / "multilingual-e5-small", target)
    opened = GgufEmbedder(target, threads=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def quick(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnnxEmbedder]:
    target = tmp_path_factory.mktemp("e5") / "e5.onnx"
    export(weights / "multilingual-e5-small", target)
    opened = OnnxEmbedder(target, threads=1)
    yield opened
    opened.close()


@pytest.mark.model
class TestPackedE5(EmbedderContract):
    @pytest.fixture
    def embedder(self, e5: GgufEmbedder) -> GgufEmbedder:
        return e5


@pytest.mark.model
class TestOnnxEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, quick: OnnxEmbedder) -> OnnxEmbedder:
        return quick


@pytest.mark.model
def test_eight_bits_change_no_direction_much(e5: GgufEmbedder, quick: OnnxEmbedder) -> None:
    texts = [text for text in SHORT + LONG if text]
    assert (e5.embed(texts) * quick.embed(texts)).sum(axis=1).min() > 0.97
    assert e5.count_tokens(LONG[0]) == quick.count_tokens(LONG[0])
    assert quick.identity == f"{e5.identity}:int8"


def test_tiny_graph_computes_what_llama_cpp_does(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    export(tiny, tmp_path / "tiny.onnx")
    one, other = open_embedder(tmp_path / "tiny.gguf", 1), open_embedder(tmp_path / "tiny.onnx", 1)
    assert isinstance(other, OnnxEmbedder)
    texts = ["rent 租金", "Miete", "rentals : rent"]
    assert (one.embed(texts) * other.embed(texts)).sum(axis=1).min() > 0.98
    assert (one.embed_questions(texts) * other.embed_questions(texts)).sum(axis=1).min() > 0.98


def test_several_threads_give_the_vectors_of_one(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.onnx")
    one, three = (open_embedder(tmp_path / "tiny.onnx", threads) for threads in (1, 3))
    texts = ["rent " * (1 + number * 5 % 7) + "Miete" for number in range(20)]
    np.testing.assert_array_equal(one.embed(texts), three.embed(texts))


def test_file_that_is_no_graph_is_refused(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.onnx")
    (tmp_path / "cut.onnx").write_bytes((tmp_path / "tiny.onnx").read_bytes()[:2000])
    with pytest.raises(EmbedderUnusable):
        open_embedder(tmp_path / "cut.onnx")
    with pytest.raises(EmbedderMissing):
        open_embedder(tmp_path / "absent.onnx")


def test_numbers_of_a_pack_are_those_that_the_library_reads(tiny: Path) -> None:
    rows = {tensor.name: tensor.values for tensor in parse(tiny).tensors}["l0.fo.w"]
    np.testing.assert_array_equal(dequantized(rows), gguf.dequantize(rows, gguf.GGMLQuantizationType.Q4_0))


def test_values_are_carried_over_unchanged(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    written = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "tiny.gguf").tensors}
    packed = {tensor.name: tensor.values for tensor in parse(tiny).tensors}
    assert len(written) == len(packed)
    assert written["blk.0.ffn_down.weight"].data.tobytes() == packed["l0.fo.w"].tobytes()
    assert written["blk.0.ffn_down.weight"].shape.tolist() == [64, 32]
    assert written["blk.0.attn_q.bias"].data.tobytes() == packed["l0.q.b"].tobytes()


def test_its_export_opens_and_knows_what_it_is(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    embedder = open_embedder(tmp_path / "tiny.gguf", threads=1)
    assert embedder.identity.startswith("multilingual-e5-small:")
    assert embedder.window_tokens == 16 - 2  # what “query:” takes
    assert embedder.count_tokens("rent 租金") == 4
    assert not np.allclose(embedder.embed(["rent"]), embedder.embed_questions(["rent"]), atol=1e-3)
    embedder.close()


@pytest.mark.parametrize("size", [0, 3, 60, 200, 3000])
def test_cut_file_is_damaged_and_leaves_nothing(tiny: Path, tmp_path: Path, size: int) -> None:
    tiny.write_bytes(tiny.read_bytes()[:size])
    with pytest.raises(PackDamaged):
        export(tiny, tmp_path / "target.gguf")
    assert list(tmp_path.iterdir()) == [tiny]


def test_another_file_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"GGUF" + bytes(4000))
    with pytest.raises(PackDamaged, match="begin"):
        parse(tmp_path / "other")


def test_pieces_keep_their_order(tiny: Path) -> None:
    assert tuple(text for text, _ in parse(tiny).vocabulary.pieces) == PIECES


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers, at import
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_vectors_equal_those_of_the_values_run_by_torch(weights: Path, e5: GgufEmbedder) -> None:
    torch = pytest.importorskip("torch")
    model = bert(parse(weights / "multilingual-e5-small"))
    for text in SHORT:
        ids = torch.tensor([e5._encode(text, e5._before_passage)])
        with torch.no_grad():
            mean = model(input_ids=ids)[0][0].mean(dim=0)
        theirs = (mean / mean.norm()).numpy()
        assert e5.embed([text])[0] @ theirs > 0.999  # llama.cpp rounds what it multiplies to eight bits


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_folder_to_compare_with_gives_the_same_vectors(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    folder, target = tmp_path / "folder", tmp_path / "tiny.gguf"
    write_folder(tiny, folder)
    export(tiny, target)
    theirs, ours = open_embedder(folder), open_embedder(target)
    texts = ["rental", "Miete", "", "租金 rent", "rent: Mietes al"]
    assert theirs.window_tokens == ours.window_tokens
    for embed in ("embed", "embed_questions"):
        alike = getattr(theirs, embed)(texts) * getattr(ours, embed)(texts)
        assert alike.sum(axis=1).min() > 0.999  # .9976 at most with the other prefix


@pytest.mark.model
def test_question_finds_what_answers_it_in_another_language(e5: GgufEmbedder) -> None:
    passages = [
        "Die Kündigungsfrist beträgt drei Monate zum Quartalsende.",
        "Die Miete ist am dritten Werktag eines Monats fällig.",
        "Der Vermieter stellt zwei Parkplätze im Hof.",
    ]
    vectors = e5.embed(passages)
    questions = e5.embed_questions(["How long is the notice period?", "房租什么时候付？"])
    assert np.argmax(questions @ vectors.T, axis=1).tolist() == [0, 1]
