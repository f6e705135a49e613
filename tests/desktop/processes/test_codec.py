import dataclasses

import msgspec
import pytest

import engine.errors
import engine.process.messages
import rag.errors
import rag.process.messages
from desktop.errors import WorkerBug
from desktop.processes.codec import Cancel, Codec, End, MalformedMessage, Ready, Vocabulary
from desktop.processes.sandbox import Confinement
from desktop.processes.service import ServiceDescription
from engine.errors import EngineError
from rag.errors import RagError
from tests.fakes.service import Echo, Echoed, EverythingError, NotOfTheTreeError, Refused, describe, sample


def tree(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(kind for child in root.__subclasses__() for kind in tree(child))]


def codec(errors: type[Exception] = EverythingError) -> Codec:
    return Codec(describe(errors=errors))


@pytest.mark.parametrize("kind", [*tree(RagError), *tree(EngineError)], ids=lambda kind: kind.__name__)
def test_every_expected_error_travels_with_its_facts(kind: type[Exception]) -> None:
    root = RagError if issubclass(kind, RagError) else EngineError
    error = sample(kind)
    _, rebuilt = codec(root).decode_reply(codec(root).encode_failure(3, error, ""))
    assert type(rebuilt) is kind
    assert vars(rebuilt) == vars(error)
    assert rebuilt.args == error.args
    assert str(rebuilt) == str(error)


def test_error_without_fields_keeps_its_words() -> None:
    _, rebuilt = codec().decode_reply(codec().encode_failure(3, EverythingError("so", 1), ""))
    assert type(rebuilt) is EverythingError
    assert rebuilt.args == ("so", 1)


def test_unexpected_exception_travels_as_a_bug_with_its_traceback() -> None:
    _, rebuilt = codec().decode_reply(codec().encode_failure(3, NotOfTheTreeError("x"), "line 7"))
    assert isinstance(rebuilt, WorkerBug)
    assert rebuilt.detail == "line 7"


def test_error_with_a_fact_that_cannot_travel_is_a_bug() -> None:
    refused = Refused(path="bad \udc80 name")
    _, rebuilt = codec().decode_reply(codec().encode_failure(3, refused, "line 7"))
    assert isinstance(rebuilt, WorkerBug)


def test_an_error_class_that_the_app_does_not_know_is_a_bug() -> None:
    local = dataclasses.make_dataclass("ModelMelted", [("path", str)], bases=(engine.errors.ModelError,))
    data = codec(EngineError).encode_failure(3, local("x"), "")
    del local
    import gc

    gc.collect()
    _, rebuilt = codec(EngineError).decode_reply(data)
    assert isinstance(rebuilt, WorkerBug)
    assert "ModelMelted" in rebuilt.detail


@pytest.mark.parametrize(
    "body",
    [Echoed("ä\x00"), End(), Ready(Confinement(network_blocked=True))],
    ids=lambda body: type(body).__name__,
)
def test_messages_come_back_equal(body: object) -> None:
    assert codec().decode_reply(codec().to_app.encode(12, body)) == (12, body)


def test_nested_messages_of_the_reader_come_back_equal() -> None:
    from rag.values import Block, Page, Passage

    messages = rag.process.messages
    passage = Passage(0, 1, 0, 4, "Text", "Heading")
    read = messages.FileRead(
        title="t",
        content_hash="h",
        pages=(Page(1, "Text", (Block("heading", 0, 4, 1),)),),
        passages=(passage,),
        warnings=("w",),
    )
    vocabulary = Vocabulary(messages.REPLIES)
    assert vocabulary.decode(vocabulary.encode(1, read)) == (1, read)


@pytest.mark.parametrize("package", [rag.process.messages, engine.process.messages])
def test_every_message_of_both_services_can_be_described(package: object) -> None:
    Codec(
        ServiceDescription(
            "x",
            "x:y",
            None,
            package.REQUESTS,
            package.REPLIES,
            Exception,  # type: ignore[attr-defined]
        )
    )


def test_what_is_not_in_the_vocabulary_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="Refused"):
        codec().to_worker.encode(1, Refused("x"))


def test_two_messages_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="Echo"):
        Vocabulary((Echo, Echo))


def test_a_reply_cannot_be_sent_as_a_request() -> None:
    data = codec().to_app.encode(1, Echoed("x"))
    with pytest.raises(MalformedMessage):
        codec().to_worker.decode(data)


def packed(*values: object) -> bytes:
    return msgspec.msgpack.encode(values)


DEEP = b"\x93\x01\xa6Echoed\x81\xa4text" + b"\x91" * 100_000 + b"\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x80\x04\x95cos\nsystem\n",
        packed(1, "Echoed"),
        packed("1", "Echoed", {"text": "x"}),
        packed(1, "Echoed", {"text": 5}),
        packed(1, "Echoed", {}),
        packed(1, "Echo", {"text": "x"}),
        packed(1, "Nonsense", {}),
        packed(1, "_ExpectedError", {"name": "Refused", "facts": {"path": 1}}),
        packed(1, "_ExpectedError", {"name": "Refused", "facts": {}}),
        packed(1, "_ExpectedError", {"name": "EverythingError", "facts": {"a": 1}}),
        b"\x93\x01\xa6Echoed\xdf\xff\xff\xff\xff",
        b"\x93\x01\xa6Echoed\x81\xa4text\xdb\xff\xff\xff\xff",
        b"\x93\x01\xa6Echoed\x81\xa4text\xa2\xff\xff",
        DEEP,
    ],
    ids=range(16),
)
def test_malformed_data_is_one_known_error(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        codec().decode_reply(data)


def test_random_damage_never_is_anything_but_malformed() -> None:
    import random

    draw = random.Random(7)
    whole = codec().encode_failure(3, Refused("some path", 5), "")
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            codec().decode_reply(bytes(data))
        except MalformedMessage:
            continue


def test_cancel_is_for_the_worker_alone() -> None:
    with pytest.raises(TypeError):
        codec().to_app.encode(1, Cancel())
