"""The app process stays light: what is heavy or native lives in the worker processes."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "sentence_transformers", "chromadb", "llama_cpp", "transformers", "onnxruntime")


@pytest.mark.parametrize(
    "module", ["desktop.compose", "desktop.app", "desktop.cli.ask", "desktop.cli.doctor"]
)
def test_the_app_process_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_opens_the_door_imports_no_http() -> None:
    code = (
        "import sys, desktop.egress.door, desktop.egress.egress, desktop.downloads.downloads\n"
        "print([name for name in ('httpx', 'httpcore', 'ssl', 'PySide6', 'rag') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_imports_neither_qt_nor_the_stores() -> None:
    code = (
        "import sys; from desktop.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('PySide6', 'rag', 'engine', 'sqlite3', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip().endswith("[]")
