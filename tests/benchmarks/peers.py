"""The same work through one `llama_cpp.Llama`, and through llama.cpp's own server.

The server gets the rows of a batch at once, `Llama` one after the other: it knows no other way. The server
is built from the `vendor/llama.cpp` of llama-cpp-python's source package, so that all run the same llama.cpp:

    pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36
    cmake -B build -DCMAKE_BUILD_TYPE=Release -DLLAMA_BUILD_UI=OFF -DLLAMA_OPENSSL=OFF
    cmake --build build --target llama-server

Native code, OpenMP and repacking are on by default in both builds. Compare what they say of themselves:
`llama_cpp.llama_print_system_info()` and the first lines of the server's log.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from tests.benchmarks.harness import Apart
from tests.benchmarks.ways import Carrel, Messages, Place, Reply, Rows, at_once, rows

START_S = 120.0


def started(arguments: argparse.Namespace, context_tokens: int, stack: ExitStack) -> dict[str, Apart]:
    """The ways that were asked for, each in a process of its own, until the stack is closed."""
    place = Place(str(arguments.model), context_tokens, arguments.threads, arguments.at_once)
    makes: dict[str, tuple[Any, ...]] = {"carrel": (Carrel, place), "Llama": (HighLevel, place)}
    if arguments.server:
        makes["llama-server"] = (Server, place, arguments.server)
    return {name: stack.enter_context(Apart(*make)) for name, make in makes.items() if name in arguments.ways}


class HighLevel:
    """One `llama_cpp.Llama` with its defaults: it keeps the prefix that a prompt shares with the last one."""

    def __init__(self, place: Place) -> None:
        from llama_cpp import Llama

        self._llama = Llama(
            place.path,
            n_ctx=place.context_tokens,
            n_threads=place.threads,
            n_threads_batch=place.threads,
            verbose=False,
        )

    def chat(self, _name: str, messages: Messages, max_tokens: int) -> Reply:
        began = time.perf_counter()
        pieces, stamps = [], []
        for chunk in self._complete(messages, max_tokens, stream=True):
            if "content" in (delta := chunk["choices"][0]["delta"]):
                stamps.append(time.perf_counter() - began)
                pieces.append(delta["content"])
        return Reply("".join(pieces), stamps[0], time.perf_counter() - began, len(pieces))

    def classify(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows:
        longest = max(len(self._llama.tokenize(label.encode(), add_bos=False)) for label in labels)
        return self._rows(prompts, longest)

    def classify_held(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows:
        """With a grammar of the labels."""
        from llama_cpp import LlamaGrammar

        choices = " | ".join(json.dumps(label) for label in labels)
        return self._rows(prompts, 16, grammar=LlamaGrammar.from_string(f"root ::= {choices}", verbose=False))

    def extract(self, prompts: Sequence[Messages], schema: str, max_tokens: int) -> Rows:
        form = {"type": "json_object", "schema": json.loads(schema)}
        return self._rows(prompts, max_tokens, response_format=form)

    def _rows(self, prompts: Sequence[Messages], max_tokens: int, **more: Any) -> Rows:
        began = time.perf_counter()
        replies = [self._complete(messages, max_tokens, **more) for messages in prompts]
        texts = tuple(reply["choices"][0]["message"]["content"] for reply in replies)
        tokens = sum(reply["usage"]["completion_tokens"] for reply in replies)
        return Rows(time.perf_counter() - began, texts, tokens)

    def _complete(self, messages: Messages, max_tokens: int, **more: Any) -> Any:
        chat: Any = [{"role": one.role, "content": one.text} for one in messages]
        return self._llama.create_chat_completion(chat, max_tokens=max_tokens, temperature=0.0, **more)

    def close(self) -> None:
        self._llama.close()


class Server:
    """`llama-server` with a slot for each row at once, all in one memory, as it does it by itself."""

    def __init__(self, place: Place, program: str, extra: Sequence[str] = ()) -> None:
        self._slots = place.at_once
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [program, "-m", place.path, "--host", "127.0.0.1", "--port", str(port), "--no-webui"]
        command += ["-t", str(place.threads), "-c", str(place.context_tokens + place.batch_tokens)]
        command += ["--parallel", str(self._slots), "--kv-unified", *extra]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            timeout=600.0,
            trust_env=False,  # the environment may name a proxy
            # The server closes connections that rest for some seconds, perhaps just when one is used again.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if self._client.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        self.close()
        raise RuntimeError("llama-server does not start")

    def chat(self, _name: str, messages: Messages, max_tokens: int) -> Reply:
        began = time.perf_counter()
        pieces, stamps = [], []
        body = self._body(messages, max_tokens, stream=True)
        with self._client.stream("POST", "/v1/chat/completions", json=body) as reply:
            reply.raise_for_status()
            for text in _contents(reply.iter_lines()):
                stamps.append(time.perf_counter() - began)
                pieces.append(text)
        return Reply("".join(pieces), stamps[0], time.perf_counter() - began, len(pieces))

    def classify(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows:
        longest = max(self._count(label) for label in labels)
        return self._rows(prompts, longest)

    def classify_held(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows:
        choices = " | ".join(json.dumps(label) for label in labels)
        return self._rows(prompts, 16, grammar=f"root ::= {choices}")

    def extract(self, prompts: Sequence[Messages], schema: str, max_tokens: int) -> Rows:
        form = {"type": "json_schema", "json_schema": {"name": "row", "schema": json.loads(schema)}}
        return self._rows(prompts, max_tokens, response_format=form)

    def _rows(self, prompts: Sequence[Messages], max_tokens: int, **more: Any) -> Rows:
        def write(messages: Messages) -> Reply:
            reply = self._client.post("/v1/chat/completions", json=self._body(messages, max_tokens, **more))
            reply.raise_for_status()
            data = reply.json()
            text = data["choices"][0]["message"]["content"]
            return Reply(text, 0.0, 0.0, data["usage"]["completion_tokens"])

        return rows(*at_once(write, prompts, self._slots))

    def _body(self, messages: Messages, max_tokens: int, **more: Any) -> dict[str, Any]:
        chat = [{"role": one.role, "content": one.text} for one in messages]
        return {"messages": chat, "max_tokens": max_tokens, "temperature": 0.0, **more}

    def _count(self, text: str) -> int:
        return len(self._client.post("/tokenize", json={"content": text}).json()["tokens"])

    def close(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait(START_S)


def _contents(lines: Iterator[str]) -> Iterator[str]:
    """The texts of a stream of server-sent events."""
    for line in lines:
        if line.startswith("data: {"):
            choices = json.loads(line.removeprefix("data: "))["choices"]
            if choices and choices[0]["delta"].get("content"):
                yield choices[0]["delta"]["content"]
