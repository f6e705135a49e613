"""llama.cpp's own server with the small model, on the loopback: a real provider of two formats.

`CARREL_LLAMA_SERVER` is the path of the program; `tests/benchmarks/peers.py` says how it is built from
llama-cpp-python's source package.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.frontier.values import Provider, WireFormat

START_S = 60.0
CONTEXT_TOKENS = 2048


@dataclass(frozen=True)
class LlamaServer:
    port: int
    key: str

    def provider(self, form: WireFormat, **changes: Any) -> Provider:
        base = f"http://127.0.0.1:{self.port}" + ("/v1" if form == "openai" else "")
        fields: dict[str, Any] = {"id": "llama", "name": "llama.cpp", "format": form, "base_url": base}
        return Provider(**(fields | {"local": True} | changes))

    def count(self, text: str) -> int:
        """Tokens of a text by its model's own tokenizer."""
        url = f"http://127.0.0.1:{self.port}/tokenize"
        headers = {"authorization": f"Bearer {self.key}"}
        reply = httpx.post(url, json={"content": text}, headers=headers, trust_env=False, timeout=30.0)
        return len(reply.json()["tokens"])

    def is_idle(self) -> bool:
        """Whether it writes nothing: what was cancelled has really ended."""
        headers = {"authorization": f"Bearer {self.key}"}
        url = f"http://127.0.0.1:{self.port}/slots"
        slots = httpx.get(url, headers=headers, trust_env=False, timeout=30.0).json()
        return not any(slot["is_processing"] for slot in slots)


def program() -> Path:
    """Skips the test where there is none."""
    path = os.environ.get("CARREL_LLAMA_SERVER", "")
    if not path:
        pytest.skip(
            "CARREL_LLAMA_SERVER names no llama-server; tests/benchmarks/peers.py says how to build one"
        )
    return Path(path)


@contextmanager
def running(path: Path, model: Path, key: str, context_tokens: int = CONTEXT_TOKENS) -> Iterator[LlamaServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(path),
        "-m",
        str(model),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-webui",
        "--slots",
    ]
    command += ["-t", "1", "-c", str(context_tokens), "--parallel", "1", "--api-key", key]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield LlamaServer(port, key)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError("llama-server does not start")
