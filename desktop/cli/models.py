"""`carrel models …`"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from desktop.cli.output import show_json
from desktop.cli.session import opened
from desktop.compose import installed_models
from desktop.places import Profile
from engine.models.gguf import inspect


def run_list(arguments: argparse.Namespace) -> int:
    models = installed_models(Profile.chosen(arguments.profile)).list()
    if arguments.json:
        show_json({"models": [asdict(model) | {"path": str(model.path)} for model in models]})
        return 0
    for model in models:
        default = "  (default)" if model.default else ""
        print(f"{model.id:24} {model.name}, {model.quantization}, {model.size_bytes / 1e9:.1f} GB{default}")
    if not models:
        print("No model is installed. Run the set-up again: python3 run.py")
    return 0


def run_inspect(arguments: argparse.Namespace) -> int:
    header = asdict(inspect(Path(arguments.file)))
    if arguments.json:
        show_json({key: str(value) if isinstance(value, Path) else value for key, value in header.items()})
        return 0
    for key, value in header.items():
        if key != "chat_template":
            print(f"{key.replace('_', ' '):18} {value}")
    print(f"{'chat template':18} {'yes' if header['chat_template'] else 'none'}")
    return 0


def run_use(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        application.use_model(arguments.id)
        model = application.current_model()
    if arguments.json:
        show_json({"model": model.id})
    else:
        print(f"{model.name} answers from now on.")
    return 0
