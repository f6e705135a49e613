"""Does the frozen app work on a computer that has nothing of ours: no Python, no cache, no network?

    python3 -m installers.smoke [FOLDER]     FOLDER: dist/carrel unless given

Runs the bundle in an empty home, where the system allows it inside a network namespace without any
connection, and looks at what it answers. Standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

BUNDLE = Path(__file__).resolve().parents[1] / "dist" / "carrel"
TIMEOUT_S = 300
WINDOW_S = 8  # to stay open: a window that fails does so while it is built, within about two
STOPPED = 1 if os.name == "nt" else -signal.SIGTERM  # how a process ends that was told to

PROVIDER, PORT = "lm-studio", 1234  # a server on this computer that needs no key, at its own port
BESIDE = Path(__file__).with_name("beside.py")

NOTE = "# Lighthouse\n\nThe lighthouse of Port Ellery was built in 1874 by Maud Harrow.\n"
LEASE = "The lease of the boathouse ends on 30 September 2031."


class Failed(Exception):
    """The frozen app did something else than it should; the message says what."""


def main(arguments: list[str]) -> int:
    program = program_of(Path(arguments[0]).resolve() if arguments else BUNDLE)
    with tempfile.TemporaryDirectory(prefix="carrel-smoke-") as home:
        try:
            check(Runner(program, Path(home)))
        except Failed as failed:
            print(f"The frozen app fails: {failed}", file=sys.stderr)
            return 1
    print("The frozen app works.")
    return 0


def program_of(bundle: Path) -> Path:
    return bundle / ("carrel.exe" if os.name == "nt" else "carrel")


class Runner:
    """Runs `carrel` commands in a home of their own."""

    def __init__(
        self, program: Path, home: Path, variables: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.home = home
        self._variables = variables
        self._alone = without_network()
        self._program = str(program)
        self._command = [*self._alone, self._program]

    def run(self, *arguments: str, given: bytes = b"") -> str:
        """What the command printed, to which `given` was its input.

        Raises:
            Failed: it did not end well, or not at all.
        """
        return self._run(self._command, arguments, given)

    def run_beside_server(self, model: str, *arguments: str) -> str:
        """As `run`, in one network with a server at PORT that lists `model`."""
        beside = [*self._alone, sys.executable, str(BESIDE), str(PORT), model, self._program]
        return self._run(beside, arguments, b"")

    def _run(self, command: list[str], arguments: tuple[str, ...], given: bytes) -> str:
        try:
            done = subprocess.run(
                [*command, *arguments],
                env=self._environment(),
                cwd=self.home,
                capture_output=True,
                input=given,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{arguments} did not end within {TIMEOUT_S} s") from None
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            said = output + done.stderr.decode("utf-8", "replace")
            raise Failed(f"{arguments} ended with {done.returncode}:\n{said}")
        return output

    def open_window(self) -> None:
        """Open the app, without a screen, and stop it again.

        Raises:
            Failed: it ended by itself, or complained.
        """
        with subprocess.Popen(
            self._command, env=self._environment(), cwd=self.home, stderr=subprocess.PIPE
        ) as process:
            try:
                process.wait(timeout=WINDOW_S)
            except subprocess.TimeoutExpired:
                process.terminate()
            said = (process.stderr.read() if process.stderr else b"").decode("utf-8", "replace")
        if process.returncode != STOPPED or "Traceback" in said:
            raise Failed(f"the window ended with {process.returncode}:\n{said}")

    def _environment(self) -> dict[str, str]:
        """Nothing of the developer's: neither PYTHONPATH, LD_LIBRARY_PATH nor a cache with weights."""
        kept = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "COMSPEC", "WINDIR")  # Windows needs these
        own = {name: os.environ[name] for name in kept if name in os.environ}
        homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"), str(self.home))
        fixed = {"PATH": os.defpath, "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        return {**own, **homes, **fixed, **self._variables}


def without_network() -> list[str]:
    """The prefix that takes the network away, where the system lets us."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        print("This system offers no network namespace: the network stays reachable.", file=sys.stderr)
        return []
    return prefix


def check(carrel: Runner) -> None:
    demand("carrel " in carrel.run("--version"), "--version names no version")
    check_doctor(json.loads(carrel.run("doctor", "--json")))
    check_cloud(carrel)
    note, lease = carrel.home / "note.md", carrel.home / "lease.pdf"
    note.write_text(NOTE, encoding="utf-8")
    lease.write_bytes(one_page_pdf(LEASE))
    documents = ("--documents", str(note), str(lease), "--json")
    check_answer(json.loads(carrel.run("ask", "Who built the lighthouse?", *documents)), note, "Maud Harrow")
    check_answer(json.loads(carrel.run("ask", "When does the lease end?", *documents)), lease, "2031")
    carrel.open_window()


def check_doctor(report: dict[str, Any]) -> None:
    bad = [entry for entry in report["checks"] if entry["ok"] is False]
    demand(report["ok"] and not bad, f"doctor finds {bad}")


def check_cloud(carrel: Runner) -> None:
    """What can leave the computer: nothing has, nothing can, and then one request by the courier does."""
    demand(json.loads(carrel.run("network", "--json"))["attempts"] == [], "something has tried to get out")
    rows = json.loads(carrel.run("keys", "list", "--json"))["providers"]
    demand(any(row["id"] == PROVIDER for row in rows), f"keys list does not name {PROVIDER}: {rows}")
    usage = json.loads(carrel.run("usage", "--json"))
    demand(usage["calls"] == 0 and bool(usage["currency"]["code"]), f"usage of a new home: {usage}")
    check_proof(json.loads(carrel.run("doctor", "--network", "--json")))
    model = f"model-{os.getpid()}"
    found = json.loads(carrel.run_beside_server(model, "keys", "test", PROVIDER, "--json"))
    demand(found["works"] and found["models"] == [model], f"the courier brought {found}, not {model}")
    attempts = json.loads(carrel.run("network", "--json"))["attempts"]
    demand(any(is_the_courier_s(one) for one in attempts), f"its request is not listed: {attempts}")


def is_the_courier_s(attempt: dict[str, Any]) -> bool:
    return (attempt["outcome"], attempt["process"], attempt["port"]) == ("allowed", "courier", PORT)


def check_proof(report: dict[str, Any]) -> None:
    """Linux stops every way out; elsewhere some cannot be stopped, and that is said."""
    open_ways = [one for one in report["checks"] if not (one["blocked"] and one["listed"])]
    demand(report["ok"], f"doctor --network finds {report['checks']}")
    demand(len(report["checks"]) >= 5, f"too few ways out were tried: {report['checks']}")
    demand(sys.platform != "linux" or not open_ways, f"not blocked, or not listed: {open_ways}")


def check_answer(reply: dict[str, Any], document: Path, quoted: str) -> None:
    """Plumbing, not content: the small model says what it likes, but from the right document."""
    demand(not reply["abstained"], f"no answer from documents that hold it: {reply}")
    demand(bool(reply["answer"].strip()), f"an empty answer: {reply}")
    demand(bool(reply["sentences"]), f"an answer without sentences: {reply}")
    first = reply["sources"][0]
    demand(first["document"] == document.name, f"{document.name} is not the first source: {first}")
    demand(quoted in first["quote"], f"“{quoted}” is not in what is quoted: {first}")
    demand(reply["tokens"]["completion"] > 0, f"no tokens were counted: {reply}")


def demand(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Failed(otherwise)


def one_page_pdf(text: str) -> bytes:
    """The smallest PDF that shows a line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    pdf, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(pdf))
    return pdf + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, end)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
