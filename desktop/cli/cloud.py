"""`carrel cloud …`: what may leave this computer, and the servers of the person's own.

`carrel cloud --json`, and `carrel cloud set --json` once it is set, print one document:

    online       whether anything can leave at all; no command keeps Carrel online
    mode, tasks  “never”, “ask” or “automatic”: for questions, and for tasks
    provider     the id of the one that hard questions go to, null where none is chosen
    model        its model, null where none is chosen
    threshold    0..1; answers less sure than that are hard
    rules        what is always hard: kind, longer_than, language, and words that say it (`cloud_rules.py`)
    masked       the kinds that are masked: PERSON, EMAIL, PHONE, ADDRESS, IBAN, CARD, ID
    kept_here    the collections that never leave this computer

`add --json` prints the provider: id, name, format, url, local, needs_key. `remove --json`: {"removed": id}.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from desktop.cli.cloud_rules import facts
from desktop.cli.output import show_json
from desktop.cli.session import opened
from desktop.errors import UsageError
from desktop.window.ports import Cloud
from engine.frontier.providers import find, is_near, own_id
from engine.frontier.values import Provider
from engine.masking.values import MASK_KINDS
from engine.routing.routing import in_words
from engine.routing.values import Mode, Policy
from rag.errors import CollectionUnknown

_WIDTH = 12
_MODES: dict[Mode, str] = {
    "never": "never sent",
    "ask": "asked every time",
    "automatic": "sent by itself, within the budget",
}


def run_show(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        policy, online = application.cloud.policy(), application.cloud.online()
    _show(policy, online=online, as_json=arguments.json)
    return 0


def run_set(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        cloud: Cloud = application.cloud
        former = cloud.policy()
        policy = _with_modes(former, arguments)
        policy = _with_provider(policy, [row.provider for row in cloud.providers()], arguments)
        names = {collection.name for collection in application.collections()}
        policy = _with_collections(policy, names, arguments.keep_here, arguments.let_go)
        if policy == former and not _anything(arguments):
            raise UsageError("Say what to set: see carrel cloud set --help.")
        cloud.set_policy(policy)
        online = cloud.online()
    _show(policy, online=online, as_json=arguments.json)
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """A server of the person's own, under an id that no other has."""
    with opened(arguments) as application:
        cloud: Cloud = application.cloud
        taken = [row.provider.id for row in cloud.providers()]
        wanted = Provider(
            own_id(arguments.name, taken),
            arguments.name,
            arguments.format,
            arguments.url,
            needs_key=not arguments.local,
            local=arguments.local or is_near(arguments.url),
        )
        cloud.save_provider(wanted)
        kept = find(wanted.id, [row.provider for row in cloud.providers()])
    if arguments.json:
        show_json(_facts(kept))
    else:
        print(f"{kept.name} is added as {kept.id}, at {kept.base_url}.")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """With its key. What came with Carrel stays."""
    with opened(arguments) as application:
        cloud: Cloud = application.cloud
        provider = find(arguments.provider, [row.provider for row in cloud.providers()])
        if provider.built_in:
            raise UsageError(f"{provider.name} came with Carrel and cannot be removed.")
        cloud.remove_provider(provider.id)
    if arguments.json:
        show_json({"removed": provider.id})
    else:
        print(f"{provider.name} is removed, and its key.")
    return 0


# What is wanted


def _anything(arguments: argparse.Namespace) -> bool:
    single = (arguments.mode, arguments.tasks, arguments.provider, arguments.model, arguments.threshold)
    return any(value is not None for value in single) or bool(arguments.keep_here or arguments.let_go)


def _with_modes(policy: Policy, arguments: argparse.Namespace) -> Policy:
    threshold = policy.threshold if arguments.threshold is None else arguments.threshold
    return replace(
        policy,
        mode=arguments.mode or policy.mode,
        tasks=arguments.tasks or policy.tasks,
        threshold=threshold,
    )


def _with_provider(policy: Policy, among: Sequence[Provider], arguments: argparse.Namespace) -> Policy:
    """Another provider has other models: without a name it is the first that is suggested for it."""
    if arguments.provider is None and arguments.model is None:
        return policy
    if arguments.provider is None and not policy.provider:
        raise UsageError("No provider is chosen yet: name one with --provider.")
    provider = find(policy.provider if arguments.provider is None else arguments.provider, among)
    former = policy.model if provider.id == policy.provider else ""
    model = (arguments.model or "").strip() or former or next(iter(provider.models), "")
    if not model or (arguments.model is not None and not arguments.model.strip()):
        raise UsageError(f"Name a model of {provider.name} with --model.")
    return replace(policy, provider=provider.id, model=model)


def _with_collections(
    policy: Policy, names: Iterable[str], keep: Sequence[str], let_go: Sequence[str]
) -> Policy:
    """One that has gone may still be let go."""
    both = sorted({*keep} & {*let_go})
    if both:
        raise UsageError(f"“{both[0]}” cannot both be kept here and let go.")
    for name in (*keep, *let_go):
        if name not in {*names, *policy.kept_here}:
            raise CollectionUnknown(name)
    return replace(policy, kept_here=(policy.kept_here | {*keep}) - {*let_go})


# What is said


def _show(policy: Policy, *, online: bool, as_json: bool) -> None:
    if as_json:
        show_json(_document(policy, online=online))
        return
    for name, words in _lines(policy, online=online):
        print(f"{name:{_WIDTH}} {words}".rstrip())


def _lines(policy: Policy, *, online: bool) -> Iterator[tuple[str, str]]:
    yield "network", "online" if online else "offline: nothing can leave this computer"
    yield "questions", _MODES[policy.mode]
    yield "tasks", _MODES[policy.tasks]
    yield "provider", f"{policy.provider} {policy.model}".strip() or "none is chosen"
    yield "threshold", f"answers less sure than {policy.threshold:g} are hard"
    yield from _listed("always hard", [in_words(rule) for rule in policy.rules])
    yield "masked", ", ".join(_masked(policy)) or "nothing"
    yield from _listed("kept here", sorted(policy.kept_here))


def _listed(name: str, entries: Sequence[str]) -> Iterator[tuple[str, str]]:
    """One a line: names of collections may hold anything, commas too."""
    for number, entry in enumerate(entries or ["nothing"]):
        yield "" if number else name, entry


def _masked(policy: Policy) -> list[str]:
    return [kind for kind in MASK_KINDS if kind in policy.masked]


def _document(policy: Policy, *, online: bool) -> dict[str, Any]:
    return {
        "online": online,
        "mode": policy.mode,
        "tasks": policy.tasks,
        "provider": policy.provider or None,
        "model": policy.model or None,
        "threshold": policy.threshold,
        "rules": [facts(rule) for rule in policy.rules],
        "masked": _masked(policy),
        "kept_here": sorted(policy.kept_here),
    }


def _facts(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "format": provider.format,
        "url": provider.base_url,
        "local": provider.local,
        "needs_key": provider.needs_key,
    }
