"""The arguments of every command. Each command's work is a function of its module, imported when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Subparsers = Any  # argparse keeps the type of add_subparsers() private


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="carrel",
        description="A private desk for your own documents. Without a command, the app opens.",
    )
    top.add_argument("--version", action="version", version=f"carrel {_version()}")
    top.set_defaults(command=None, json=False)
    common = _common()
    top_profile = top.add_argument(
        "--profile", metavar="DIR", help="the profile folder (default: CARREL_HOME)"
    )
    top_profile.default = None
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _ask(commands, common)
    _documents(commands, common)
    _search(commands, common)
    _tasks(commands, common)
    _models(commands, common)
    _keys(commands, common)
    _cloud(commands, common)
    _network(commands, common)
    _usage(commands, common)
    _doctor(commands, common)
    return top


def _common() -> argparse.ArgumentParser:
    """Options that every command takes. SUPPRESS keeps them from undoing what stood before the command."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document"
    )
    common.add_argument("--profile", metavar="DIR", default=argparse.SUPPRESS, help="the profile folder")
    return common


def _ask(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    ask = commands.add_parser("ask", parents=[common], help="ask a question about your documents")
    ask.add_argument(
        "question", metavar="QUESTION", help="the question; - reads one per line from standard input"
    )
    scope = ask.add_mutually_exclusive_group()
    scope.add_argument("--collection", metavar="NAME", help="only documents of this collection")
    scope.add_argument(
        "--documents", metavar="PATH", nargs="+", help="only these files and folders; they are added when new"
    )
    ask.add_argument("--model", metavar="ID", help="the model to ask (see carrel models list)")
    ask.add_argument(
        "--cloud",
        metavar="PROVIDER[/MODEL]",
        nargs="?",
        const="",
        help="then ask a provider too: what would be sent is shown first (uses the network)",
    )
    ask.add_argument("--yes", action="store_true", help="with --cloud: send it without being asked")
    ask.set_defaults(run=_later("desktop.cli.ask", "ask"))


def _search(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    search = commands.add_parser("search", parents=[common], help="find passages")
    search.add_argument(
        "query", metavar="QUERY", help="what to look for; - reads one per line from standard input"
    )
    search.add_argument("--collection", metavar="NAME", help="only documents of this collection")
    search.add_argument(
        "--kind", metavar="ENDING", action="append", help="only files of this kind (pdf, docx …); repeatable"
    )
    search.add_argument(
        "--since", type=_day, metavar="DATE", help="only files changed on or after 2025-01-31"
    )
    search.add_argument("--until", type=_day, metavar="DATE", help="only files changed on or before this day")
    search.add_argument(
        "-k", type=_positive, default=10, metavar="N", help="at most N passages (default: 10)"
    )
    search.set_defaults(run=_later("desktop.cli.search", "search"))


def _documents(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    documents = commands.add_parser("documents", help="add, list and remove documents")
    actions = documents.add_subparsers(dest="action", metavar="ACTION", required=True)
    action = partial(_action, actions, common, "documents")
    add = action("add", "index files and folders; goes on where it was")
    add.add_argument("paths", metavar="PATH", nargs="+")
    add.add_argument("--collection", metavar="NAME", help="the collection (default: the folder's own name)")
    add.add_argument(
        "--watch", action="store_true", help="then stay and follow what changes in the folders, until Ctrl-C"
    )
    action("status", "collections in numbers")
    listing = action("list", "every document and its state")
    listing.add_argument("--collection", metavar="NAME")
    action("problems", "files that could not be read, and why")
    remove = action("remove", "forget documents (the files themselves stay)")
    remove.add_argument("paths", metavar="PATH", nargs="*")
    remove.add_argument("--collection", metavar="NAME", help="forget this whole collection")
    rebuild = action("rebuild", "build the vector index anew, or read a whole collection anew")
    rebuild.add_argument("--collection", metavar="NAME", help="read every file of this collection anew")
    text = action("text", "what is read from a file, page by page")
    text.add_argument("path", metavar="PATH")


def _tasks(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    tasks = commands.add_parser("tasks", help="run a recipe on many documents or table rows")
    actions = tasks.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, words: str, module: str = "task_runs") -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = actions.add_parser(name, parents=[common], help=words)
        made.set_defaults(run=_later(f"desktop.cli.{module}", name))
        return made

    action("list", "recipes: saved ones, and those that came with Carrel", "tasks")
    recipe = "a recipe's name, or a TOML file"
    action("show", "what a recipe does", "tasks").add_argument("recipe", metavar="RECIPE", help=recipe)
    action("import", "save a recipe from a TOML file", "tasks").add_argument("file", metavar="FILE")
    action("runs", "runs and how far they are", "tasks")
    compare = action("compare", "where two runs of a recipe differ", "tasks")
    for place in ("one", "other"):
        compare.add_argument(place, metavar="RUN", type=int)

    run = action("run", "run a recipe")
    run.add_argument("recipe", metavar="RECIPE", help=recipe)
    _sources(run)
    _output(run, required=True)
    run.add_argument(
        "--column",
        metavar="NAME=FIELD",
        action="append",
        default=[],
        type=_column,
        help="the table's column NAME is what the recipe calls FIELD; repeatable, and only these are read",
    )
    run.add_argument("--model", metavar="ID", default="", help="the model to ask (see carrel models list)")
    for name, words in (("resume", "go on with a run"), ("retry", "try the failed inputs of a run again")):
        again = action(name, words)
        again.add_argument("run_id", metavar="RUN", type=int)
        _output(again)
    export = action("export", "write the lines of a run to a file")
    export.add_argument("run_id", metavar="RUN", type=int)
    _output(export, required=True)
    escalate = action("escalate", "ask a provider about the cells of a run that are in doubt", "escalation")
    escalate.add_argument("run_id", metavar="RUN", type=int)
    escalate.add_argument("--yes", action="store_true", help="send it; without, what it would cost is said")
    escalate.add_argument("--limit", metavar="N", type=int, help="about at most N lines")
    ask = action("ask", "count over every document: “How many contracts end in 2025?”")
    ask.add_argument("question", metavar="QUESTION")
    _sources(ask)
    _output(ask)
    watch = action("watch", "run a recipe on every new file of a folder, until Ctrl-C", "watched_tasks")
    watch.add_argument("recipe", metavar="RECIPE", help=recipe)
    watch.add_argument("folder", metavar="FOLDER")
    _output(watch, required=True)
    watch.add_argument("--existing", action="store_true", help="begin with the files that are there already")
    action("watched", "folders that are watched so", "watched_tasks")
    unwatch = action("unwatch", "watch a folder no longer", "watched_tasks")
    unwatch.add_argument("task_id", metavar="NUMBER", type=int)


def _sources(command: argparse.ArgumentParser) -> None:
    command.add_argument("inputs", metavar="INPUT", nargs="*", help="folders, files, CSV, XLSX, ODS, JSONL")
    command.add_argument("--collection", metavar="NAME", default="", help="the documents of a collection")
    command.add_argument("--sheet", metavar="NAME", default="", help="the sheet of a workbook")
    command.add_argument("--limit", type=_positive, metavar="N", help="only the first N inputs")


def _output(command: argparse.ArgumentParser, *, required: bool = False) -> None:
    command.add_argument(
        "--output", metavar="FILE", required=required, help="where the lines go: .csv, .xlsx or .jsonl"
    )


def _column(text: str) -> tuple[str, str]:
    """What the recipe calls it, and the table's column."""
    name, _, field = text.rpartition("=")
    if not name.strip() or not field.strip():
        raise argparse.ArgumentTypeError(
            "must be NAME=FIELD: the table's column, and the recipe's word for it"
        )
    return field.strip(), name.strip()


def _models(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    models = commands.add_parser("models", help="the models on this computer")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, words: str, *arguments: str, module: str = "models") -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = actions.add_parser(name, parents=[common], help=words)
        for argument in arguments:
            made.add_argument(argument, metavar=argument.upper())
        made.set_defaults(run=_later(f"desktop.cli.{module}", name))
        return made

    action("list", "models on this computer")
    action("inspect", "what a GGUF file says of itself, and whether it fits here", "file")
    importing = action("import", "add a GGUF file of your own", "file")
    importing.add_argument("--reference", action="store_true", help="use it where it lies, copy nothing")
    action("remove", "remove a model that you added", "id")
    action("use", "choose the model that answers", "id")
    quickening = action("quicken", "make a model faster on this computer, if that is worth it", "id")
    kept = quickening.add_mutually_exclusive_group()
    kept.add_argument("--dry-run", action="store_true", help="only measure; change and keep nothing")
    kept.add_argument("--as-before", action="store_true", help="load it in the usual way again")
    action("catalogue", "models that can be downloaded", module="downloads")
    action("download", "fetch a model of the catalogue; goes on where it was", "id", module="downloads")


def _action(
    actions: Subparsers, common: argparse.ArgumentParser, module: str, name: str, words: str
) -> argparse.ArgumentParser:
    """An action of a command: the function of that name in the command's module."""
    made: argparse.ArgumentParser = actions.add_parser(name, parents=[common], help=words)
    made.set_defaults(run=_later(f"desktop.cli.{module}", name))
    return made


def _keys(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    keys = commands.add_parser("keys", help="your keys for providers, in the system's keyring")
    actions = keys.add_subparsers(dest="action", metavar="ACTION", required=True)
    action = partial(_action, actions, common, "keys")
    provider = "a provider's id (see carrel keys list)"
    setting = action("set", "keep a key, which is read from standard input and never an argument")
    testing = action("test", "ask the provider whether the key works (uses the network)")
    removing = action("remove", "remove a key")
    for made in (setting, testing, removing):
        made.add_argument("provider", metavar="PROVIDER", help=provider)
    action("list", "providers, and where their keys are")


def _cloud(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    cloud = commands.add_parser("cloud", parents=[common], help="what may leave this computer, and to whom")
    cloud.set_defaults(run=_later("desktop.cli.cloud", "show"))
    actions = cloud.add_subparsers(dest="action", metavar="ACTION")
    action = partial(_action, actions, common, "cloud")
    setting = action("set", "change what is allowed")
    modes = ("never", "ask", "automatic")
    setting.add_argument("--mode", choices=modes, help="when a provider is asked about hard questions")
    setting.add_argument("--tasks", choices=modes, help="when tasks ask about cells in doubt")
    setting.add_argument("--provider", metavar="ID", help="who is asked (see carrel keys list)")
    setting.add_argument("--model", metavar="NAME", help="which of the provider's models")
    setting.add_argument(
        "--threshold", type=_share, metavar="0..1", help="answers less sure than that are hard"
    )
    for name, words in (
        ("--keep-here", "collections that never leave this computer"),
        ("--let-go", "collections that may leave it again"),
    ):
        setting.add_argument(name, metavar="COLLECTION", nargs="+", action="extend", default=[], help=words)
    adding = action("add", "add a server of your own")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("url", metavar="URL", help="its address, such as http://127.0.0.1:8080/v1")
    adding.add_argument(
        "--format", choices=("openai", "anthropic"), default="openai", help="how it is spoken to"
    )
    adding.add_argument(
        "--local", action="store_true", help="it is on this computer or in your network, and asks for no key"
    )
    removing = action("remove", "forget a server of your own, and its key")
    removing.add_argument("provider", metavar="PROVIDER", help="its id (see carrel keys list)")
    _rules(actions, common)


def _rules(cloud: Subparsers, common: argparse.ArgumentParser) -> None:
    rules = cloud.add_parser("rules", parents=[common], help="which questions are always hard")
    rules.set_defaults(run=_later("desktop.cli.cloud_rules", "list"))
    actions = rules.add_subparsers(dest="rules_action", metavar="ACTION")
    action = partial(_action, actions, common, "cloud_rules")
    action("list", "the rules, with their numbers")
    adding = action("add", "add a rule, for questions of which all holds that is said here")
    adding.add_argument("--kind", choices=("chat", "documents"), help="asked without or of documents")
    adding.add_argument("--longer-than", type=_whole, metavar="N", help="of more than N words")
    adding.add_argument("--language", metavar="LANGUAGE", help="by its code or name: de, German")
    removing = action("remove", "remove rules")
    removing.add_argument("numbers", metavar="N", type=_positive, nargs="+", help="see carrel cloud rules")


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("must be a number from 0 to 1")
    return number


def _network(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    network = commands.add_parser(
        "network", parents=[common], help="every attempt to reach a network, allowed or blocked"
    )
    network.add_argument("--report", metavar="FILE", help="write them to a file: .csv or .txt")
    network.set_defaults(run=_later("desktop.cli.network", "network"))


def _usage(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    usage = commands.add_parser("usage", parents=[common], help="what was asked of providers, and its cost")
    usage.add_argument(
        "--days", type=_positive, default=30, metavar="N", help="the last N days (default: 30)"
    )
    usage.add_argument(
        "--limits",
        metavar="NAME=AMOUNT",
        nargs="+",
        type=_limit,
        help="set hard limits in your currency: day=2 month=20 run=5; NAME=none lifts one",
    )
    usage.set_defaults(run=_later("desktop.cli.usage", "usage"))


def _limit(text: str) -> tuple[str, str]:
    name, _, amount = text.partition("=")
    if name not in ("day", "month", "run") or not amount.strip():
        raise argparse.ArgumentTypeError("must be day=AMOUNT, month=AMOUNT or run=AMOUNT")
    return name, amount.strip()


def _doctor(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[common], help="check that everything works here")
    doctor.add_argument("--model", metavar="ID", help="the model to try (default: the one in use)")
    doctor.add_argument(
        "--network", action="store_true", help="only try to get out, in every way, and say what stopped it"
    )
    doctor.set_defaults(run=_later("desktop.cli.doctor", "doctor"))


def _later(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command's module, imported only when the command runs."""

    def run(arguments: argparse.Namespace) -> int:
        function = getattr(importlib.import_module(module), f"run_{name}")
        status: int = function(arguments)
        return status

    return run


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day, as 2025-01-31") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a whole number") from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def _version() -> str:
    try:
        return version("carrel")
    except PackageNotFoundError:  # run from a bare checkout
        return "0 (not installed)"
