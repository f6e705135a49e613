"""`carrel ask … --cloud`: the question to a provider, once it was seen, or `--yes` spared that."""

from __future__ import annotations

import argparse
import sys

from desktop.application import Application
from desktop.cli.output import Progress
from desktop.cli.session import online
from desktop.errors import Cancelled, UsageError
from engine.answering import Answered
from engine.chats.store import Scope
from engine.errors import FrontierError
from engine.frontier.values import Draft
from engine.routing.routing import instead
from engine.usage.money import shown
from engine.values import Answer


def ask_cloud(
    application: Application,
    question: str,
    local: Answer,
    scope: Scope,
    arguments: argparse.Namespace,
    progress: Progress,
) -> Answer:
    """The provider's answer; the local one where the provider does not answer, and why on standard error.

    Raises:
        UsageError: nobody is there to look at what would be sent.
        Cancelled: they looked, and said no.
    """
    provider_id, _, model = arguments.cloud.partition("/")
    draft = application.cloud.draft_alone(question, local, scope, provider_id=provider_id, model=model)
    if not arguments.yes:
        progress.clear()
        _show(application, draft)
        _confirm(arguments)
    progress.show(f"Asking {draft.question.provider.name}…")
    try:
        return _sent(application, draft)
    except FrontierError as error:
        print(instead(error), file=sys.stderr)
        return local
    finally:
        progress.clear()


def _sent(application: Application, draft: Draft) -> Answer:
    with online(application.cloud):
        for event in application.cloud.send_alone(draft):
            if isinstance(event, Answered):
                return event.answer
    raise AssertionError("an answer always ends with Answered or an exception")


def _show(application: Application, draft: Draft) -> None:
    """To whom, for how much, and word for word what."""
    amount, provider = draft.estimate.amount, draft.question.provider
    price = "price not known" if amount is None else f"about {shown(amount, application.cloud.currency())}"
    masked = sum(mask.on for mask in draft.masks)
    lines = [f"To {provider.name} ({provider.authority}), {draft.question.model}, {price}, {masked} masked:"]
    if draft.unsought:
        lines.append(f"Names and addresses could not be looked for: {draft.unsought}")
    for message in draft.sent:
        lines += ["", f"[{message.role}]", message.text]
    print("\n".join(lines), file=sys.stderr)


def _confirm(arguments: argparse.Namespace) -> None:
    if arguments.question == "-" or not sys.stdin.isatty():
        raise UsageError("Nobody is here to look at what would be sent: add --yes.")
    print("\nSend this? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled
