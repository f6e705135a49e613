"""A provider on the loopback for `cloud_walk.py`, in a process of its own: the walk itself has no network.

llama.cpp's own server where `CARREL_LLAMA_SERVER` names it; else a scripted one (`tests/fakes/wire.py`) that
answers slowly enough to be watched, and chooses the first label where it is asked for one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.places import weights
from tests.fakes.llama_server import running
from tests.fakes.wire import WireServer, _Handler, reply, status

MODELS = ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "smollm2-135m-instruct-q4_1.gguf")
KEY = "sk-walk-4711-0815-1234"
CONTEXT_TOKENS = 4096
PIECE_S = 0.15
PIECES = [
    "The agreement ",
    "ends with ninety days' ",
    "written notice. ",
    "The notice goes ",
    "to the office ",
    "in Bristol. ",
]


@dataclass(frozen=True)
class WalkProvider:
    name: str
    address: str
    model: str  # “”: the first that it lists
    is_scripted: bool


@contextmanager
def provider() -> Iterator[WalkProvider]:
    """To be entered before the process goes offline."""
    program = os.environ.get("CARREL_LLAMA_SERVER", "")
    if program:
        folder = weights()
        model = next(path for name in MODELS if (path := folder / name).exists())
        with running(Path(program), model, KEY, CONTEXT_TOKENS) as server:
            yield WalkProvider("llama.cpp", f"http://127.0.0.1:{server.port}/v1", "", False)
        return
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield WalkProvider("My server", f"http://127.0.0.1:{port}/v1", "large", True)
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def answer(handler: _Handler) -> None:
    asked = handler.server.fake.captured[-1]
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        status(401)(handler)
    elif asked.method == "GET":
        status(200, {"object": "list", "data": [{"id": "large", "object": "model"}]})(handler)
    else:
        _stream(handler, PIECES if "response_format" not in asked.value else [_first_choice(asked.value)])


def _stream(handler: _Handler, pieces: list[str]) -> None:
    handler.begin(content_type="text/event-stream")
    for event in reply("openai", pieces).split(b"\n\n"):
        if event:
            handler.piece(event + b"\n\n")
            time.sleep(PIECE_S)
    handler.end()


def _first_choice(body: Any) -> str:
    """What the schema of the reply allows, the first of each."""
    return json.dumps(_least(body["response_format"]["json_schema"]["schema"]))


def _least(schema: Any) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _least(inner) for name, inner in schema.get("properties", {}).items()}
    return [] if schema.get("type") == "array" else ""


def serve() -> None:
    server = WireServer()
    server.otherwise = answer
    with server.running():
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    serve()
