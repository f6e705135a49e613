"""`carrel models …`; the catalogue and downloads are in `downloads.py`."""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

from desktop.cli.output import Progress, show_json
from desktop.cli.session import opened
from desktop.compose import installed_models
from desktop.places import Profile
from engine.models.fit import judge, memory_now
from engine.models.gguf import GgufHeader, inspect
from engine.models.installed import CONTEXT_TOKENS, InstalledModel
from engine.models.values import Copying, Fit, Measuring, ModelAdded, Quickened, Speed
from engine.settings import ModelSettings

Event = TypeVar("Event")

GB = 1e9
_LABEL_WIDTH = 14
_VERDICTS = {"fits": "Fits.", "slow": "May be slow.", "too_large": "Won't fit."}


def run_list(arguments: argparse.Namespace) -> int:
    models = installed_models(Profile.chosen(arguments.profile)).list()
    if arguments.json:
        show_json({"models": [asdict(model) | {"path": str(model.path)} for model in models]})
        return 0
    for model in models:
        print(f"{model.id:24} {_summary(model)}")
        if model.problem:
            print(f"{'':24} {model.problem}")
    if not models:
        print("No model is installed. Run the set-up again: python3 run.py")
    return 0


def _summary(model: InstalledModel) -> str:
    facts = [model.name, model.quantization, f"{model.size_bytes / GB:.1f} GB"]
    facts += [f"made from {model.derived_from}"] if model.derived_from else []
    facts += [f"used where it lies: {model.path}"] if model.referenced else []
    return ", ".join(fact for fact in facts if fact) + ("  (default)" if model.default else "")


def run_inspect(arguments: argparse.Namespace) -> int:
    header = inspect(Path(arguments.file).expanduser().absolute())
    context_tokens = min(header.context_tokens or CONTEXT_TOKENS, CONTEXT_TOKENS)
    fit = judge(
        size_bytes=header.size_bytes,
        kv_bytes=header.kv_bytes(context_tokens + ModelSettings().batch_tokens),
        parameters=header.parameters,
        there_is=memory_now(),
        reference=None,
    )
    if arguments.json:
        show_json(asdict(header) | {"fit": asdict(fit)})
        return 0
    for label, words in _description(header, fit):
        print(f"{label:{_LABEL_WIDTH}} {words}")
    return 0


def _description(header: GgufHeader, fit: Fit) -> Iterator[tuple[str, str]]:
    yield "name", header.name
    yield "architecture", header.architecture
    yield "parameters", _number(header.parameters)
    yield "quantization", header.quantization or "not named"
    yield "size", f"{header.size_bytes / GB:.2f} GB"
    yield "context", f"up to {header.context_tokens:,} tokens" if header.context_tokens else "not named"
    yield "licence", header.licence or "not named"
    yield "chat template", "yes" if header.chat_template else "no: it continues text, it does not answer"
    yield "here", f"{_VERDICTS[fit.verdict]} {fit.words}"


def _number(count: int) -> str:
    return f"{count / 1e9:.1f} billion" if count >= 1e9 else f"{count / 1e6:.0f} million"


def run_use(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        application.use_model(arguments.id)
        model = application.current_model()
    if arguments.json:
        show_json({"model": model.id})
    else:
        print(f"{model.name} answers from now on.")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    path = Path(arguments.file).expanduser().absolute()
    with opened(arguments) as application:
        before = {model.id for model in application.models()}
        with _closed_after(application.import_model(path, copy=not arguments.reference)) as events:
            model_id = _added(events, Progress())
        model = next(found for found in application.models() if found.id == model_id)
    if arguments.json:
        facts = {"path": str(model.path), "size_bytes": model.size_bytes, "referenced": model.referenced}
        show_json({"model": model.id, "new": model.id not in before} | facts)
    else:
        here = "is here" if model.id not in before else "was here already"
        print(f"{model.name} {here}. To use it: carrel models use {model.id}")
    return 0


def _added(events: Iterator[Copying | ModelAdded], progress: Progress) -> str:
    model_id = ""
    for event in events:
        if isinstance(event, ModelAdded):
            model_id = event.id
        else:
            progress.show(f"Copying: {event.done_bytes / GB:.2f} of {event.total_bytes / GB:.2f} GB")
    progress.clear()
    return model_id


def run_remove(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        model = next((found for found in application.models() if found.id == arguments.id), None)
        gained = application.remove_model(arguments.id)
    if arguments.json:
        show_json({"model": arguments.id, "gained_bytes": gained})
    elif model and model.referenced:
        print(f"{model.name} is forgotten. Its file stays where it is: {model.path}")
    else:
        print(f"{model.name if model else arguments.id} is removed; {gained / GB:.1f} GB gained.")
    return 0


def run_quicken(arguments: argparse.Namespace) -> int:
    if arguments.as_before:
        return _load_as_before(arguments)
    with opened(arguments) as application:
        with _closed_after(application.quicken_model(arguments.id)) as events:
            found = _measured(events, Progress())
        if arguments.dry_run and found.id:
            application.remove_model(found.id)
            found = replace(found, id="")
        applied = found.worthwhile and not arguments.dry_run
        if applied and found.kind == "layout":  # a converted one is chosen by “use”, as any other
            application.use_quickened(arguments.id, found)
    if arguments.json:
        show_json(asdict(found) | {"applied": applied})
    else:
        print(_verdict(arguments.id, found, applied))
    return 0


def _load_as_before(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        application.use_model_as_before(arguments.id)
    if arguments.json:
        show_json({"model": arguments.id, "repacked": True})
    else:
        print(f"{arguments.id} is loaded in the usual way again.")
    return 0


def _measured(events: Iterator[Measuring | Quickened], progress: Progress) -> Quickened:
    found: Quickened | None = None
    for event in events:
        if isinstance(event, Measuring):
            progress.show(f"{event.words} ({event.done} of {event.total})")
        else:
            found = event
    progress.clear()
    assert found is not None, "nobody cancelled it"
    return found


def _verdict(model_id: str, found: Quickened, applied: bool) -> str:
    """Speeds beside each other, and what follows from them."""
    other = "loaded otherwise" if found.kind == "layout" else f"as {found.quantization}"
    lines = [
        f"{model_id:32} {_speed(found.before)}",
        f"{other:32} {_speed(found.after)}",
        f"Both find the same next word likeliest in {found.agreement:.0%} of the places tried.",
        _consequence(model_id, found, applied),
    ]
    return "\n".join(lines)


def _consequence(model_id: str, found: Quickened, applied: bool) -> str:
    if not found.is_alike:
        return "It answers too differently: nothing was kept, and the model stays as it is."
    if not found.worthwhile:
        return "That is not worth a change: nothing was kept, and the model stays as it is."
    if not applied:
        return "That is worth it. Nothing was kept: without --dry-run it would be."
    if found.kind == "layout":
        return f"It is loaded so from now on. To go back: carrel models quicken {model_id} --as-before"
    return f"The quicker one is kept. To use it: carrel models use {found.id}"


def _speed(speed: Speed) -> str:
    return f"reads {speed.reads_per_second:.0f}, writes {speed.writes_per_second:.0f} tokens a second"


@contextmanager
def _closed_after(events: Iterator[Event]) -> Iterator[Iterator[Event]]:
    """Ctrl-C must end the work, and remove what is half done, before the profile is given back."""
    try:
        yield events
    finally:
        if isinstance(events, Generator):
            events.close()
