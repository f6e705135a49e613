"""`carrel doctor`: does everything work here? Each check runs the real thing, offline."""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop import places
from desktop.application import Application
from desktop.cli.indexing import follow
from desktop.cli.network_proof import run_proof
from desktop.cli.output import Progress, show_json
from desktop.cli.session import opened
from desktop.explain import explain, is_expected
from desktop.keys.system_keyring import describe_keyring
from engine.values import Message, Sampling, TextDelta
from rag.process.messages import Warmed

CHROMA_S = 20.0  # importing it takes 3 s on a quiet computer


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `ok` None: worth knowing, neither right nor wrong."""

    name: str
    ok: bool | None
    detail: str


def run_doctor(arguments: argparse.Namespace) -> int:
    if arguments.network:
        return run_proof(arguments)
    progress = Progress()
    with opened(arguments) as application:
        checks = []
        for name, look in _looks(application, arguments.model):
            progress.show(f"{name}…")
            checks.append(_run(name, look))
    progress.clear()
    ok = all(check.ok is not False for check in checks)
    if arguments.json:
        show_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    return 0 if ok else 1


def _looks(
    application: Application, model_id: str | None
) -> Iterator[tuple[str, Callable[[], tuple[bool | None, str]]]]:
    yield "System", lambda: (None, f"{platform.platform()}, Python {platform.python_version()}")
    yield "Profile", lambda: (True, str(application.profile.folder))
    yield "Weights", lambda: _weights(application)
    yield "Model", lambda: _model(application, model_id)
    yield "Documents", lambda: _documents(application)
    yield "Network", lambda: _network(application)
    yield "Keyring", lambda: (None, describe_keyring())


def _run(name: str, look: Callable[[], tuple[bool | None, str]]) -> Check:
    try:
        return Check(name, *look())
    except Exception as error:  # a failing check is a result; the other checks go on
        words = explain(error)
        detail = f"{error} {words.advice}" if is_expected(error) else f"{type(error).__name__}: {error}"
        return Check(name, False, detail)


def _weights(application: Application) -> tuple[bool, str]:
    models = application.models()
    names = ", ".join(f"{model.id} ({model.size_bytes / 1e9:.1f} GB)" for model in models)
    return bool(models), f"{names or 'no model'} in {places.weights()}"


def _model(application: Application, model_id: str | None) -> tuple[bool, str]:
    """Load the model in its process and let it say something."""
    model = application.local_model(model_id)
    began = time.perf_counter()
    model.load()
    loaded = time.perf_counter() - began
    events = model.generate([Message("user", "Say: ready")], Sampling(max_tokens=8))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return bool(text.strip()), f"{model.name} loaded in {loaded:.1f} s and said “{text.strip()}”"


def _documents(application: Application) -> tuple[bool, str]:
    """Read, embed and find a small document, in a collection that is removed again."""
    collection = "carrel doctor"
    with tempfile.TemporaryDirectory(prefix="carrel-doctor-") as folder:
        path = Path(folder) / "note.md"
        path.write_text("# Badgers\n\nThe badger sleeps in a sett under the oak.\n", encoding="utf-8")
        try:
            outcome = follow(application.index([path], collection), Progress())
            found, seconds = application.library.search(
                "Where does the badger sleep?", collection=collection, k=1
            )
        finally:
            application.library.remove(collection=collection)
    warmed = _settled(application)
    ok = outcome.ready == 1 and bool(found) and "sett" in found[0].passage.text
    index = f"{warmed.index} {warmed.detail}".strip()
    return ok, f"read, embedded and found a note in {seconds:.2f} s; vectors in {index}"


def _settled(application: Application) -> Warmed:
    """The state of the vector index once Chroma is open, or has had the time for it: it opens behind."""
    deadline = time.monotonic() + CHROMA_S
    while (warmed := application.library.warm()).index != "chroma" and time.monotonic() < deadline:
        time.sleep(0.1)
    return warmed


def _network(application: Application) -> tuple[bool | None, str]:
    """Whether the system itself denies the network; elsewhere than on Linux it does not, and we say so."""
    held = application.confinements()
    blocked = ", ".join(name for name, confinement in held.items() if confinement.network_blocked)
    open_ = [f"{name}: {one.words}" for name, one in held.items() if not one.network_blocked]
    words = [
        f"{application.status().connections} connections",
        f"blocked by the system for {blocked or 'none'}",
    ]
    if application.network.told_of:
        words.append("whatever it blocks is listed")
    return (None if open_ else True), "; ".join(words + open_)


def _print(checks: list[Check]) -> None:
    marks = {True: "ok  ", False: "FAIL", None: "    "}
    for check in checks:
        print(f"{marks[check.ok]}  {check.name:10} {check.detail}")
