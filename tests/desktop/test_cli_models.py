"""`carrel models …` in this process, on a library of its own; what needs a real process is in test_cli."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import main, models
from engine.models.installed import InstalledModel, InstalledModels
from engine.models.library import ModelLibrary
from engine.models.values import Copying, Measuring, ModelAdded, Quickened, Speed
from tests.fakes.gguf import STRING, small_model

KEPT = Quickened("mine-q4_0", "Q4_0", Speed(80, 20), Speed(130, 22), 0.936, worthwhile=True)
LAYOUT = Quickened(
    "", "Q4_1", Speed(91, 25), Speed(127, 21), 0.99, worthwhile=True, kind="layout", repacked=False
)
NOT_KEPT = Quickened("", "Q4_0", Speed(80, 20), Speed(88, 22), 0.936, worthwhile=False)


class Here:
    """What the commands use of the application."""

    def __init__(self, library: ModelLibrary, profile: Path) -> None:
        self.library = library
        self.profile = profile
        self.quickened: Quickened | None = KEPT
        self.closed = False
        self.open = False

    def models(self) -> list[InstalledModel]:
        return self.library.list()

    def import_model(self, path: Path, *, copy: bool) -> Iterator[Copying | ModelAdded]:
        return self.library.import_model(path, copy=copy)

    def remove_model(self, model_id: str) -> int:
        return self.library.remove(model_id)

    def use_quickened(self, model_id: str, found: Quickened) -> None:
        assert found.kind == "layout", "a converted model is chosen by “use”"
        self.library.set_repacked(model_id, found.repacked)

    def use_model_as_before(self, model_id: str) -> None:
        self.library.set_repacked(model_id, True)

    def quicken_model(self, model_id: str) -> Iterator[Measuring | Quickened]:
        assert self.open
        try:
            yield Measuring(0, 1, f"Trying {model_id}")
            if self.quickened is None:
                raise KeyboardInterrupt
            yield self.quickened
        finally:
            self.closed = self.open  # the work ends before the profile is given back


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    (tmp_path / "profile" / "models").mkdir(parents=True)
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv("CARREL_WEIGHTS", str(tmp_path / "weights"))
    catalogue = tmp_path / "weights.toml"
    catalogue.write_text("weights = []")
    folder = tmp_path / "profile" / "models"
    installed = InstalledModels(tmp_path / "weights", folder, catalogue)

    def no_workshop() -> Any:
        pytest.fail("no process is needed")

    library = ModelLibrary(installed=installed, folder=folder, workshop=no_workshop, lost=())
    made = Here(library, tmp_path / "profile")

    @contextmanager
    def opened(_arguments: argparse.Namespace) -> Iterator[Here]:
        made.open = True
        try:
            yield made
        finally:
            made.open = False

    monkeypatch.setattr(models, "opened", opened)
    return made


@pytest.fixture
def carrel(here: Here, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; gives its status, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["--profile", str(here.profile), *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return small_model().write(tmp_path / "mine.gguf")


def test_a_file_is_imported_and_listed(carrel: Any, mine: Path) -> None:
    status, out, _ = carrel("models", "import", str(mine), "--json")
    added = json.loads(out)
    assert status == 0
    assert (added["model"], added["new"], added["referenced"]) == ("mine", True, False)
    assert Path(added["path"]).read_bytes() == mine.read_bytes()
    [listed] = json.loads(carrel("models", "list", "--json")[1])["models"]
    assert (listed["id"], listed["path"]) == ("mine", added["path"])


def test_importing_again_says_that_it_is_here(carrel: Any, mine: Path) -> None:
    assert "Tiny is here. To use it: carrel models use mine" in carrel("models", "import", str(mine))[1]
    assert "Tiny was here already" in carrel("models", "import", str(mine))[1]


def test_a_referenced_file_stays_and_its_loss_is_listed(carrel: Any, mine: Path) -> None:
    _, out, _ = carrel("models", "import", str(mine), "--reference", "--json")
    assert json.loads(out)["path"] == str(mine)
    assert str(mine) in carrel("models", "list")[1]
    mine.rename(mine.with_name("away.gguf"))
    assert "It is no longer at" in carrel("models", "list")[1]


def test_removing_tells_what_is_gained(carrel: Any, mine: Path) -> None:
    carrel("models", "import", str(mine))
    status, out, _ = carrel("models", "remove", "mine", "--json")
    assert (status, json.loads(out)) == (0, {"model": "mine", "gained_bytes": mine.stat().st_size})


def test_removing_a_reference_says_that_the_file_stays(carrel: Any, mine: Path) -> None:
    carrel("models", "import", str(mine), "--reference")
    assert f"Its file stays where it is: {mine}" in carrel("models", "remove", "mine")[1]
    assert mine.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("remove", "nobody"), "There is no model “nobody”"),
        (("import", "nothing.gguf"), "There is no model file"),
        (("inspect", "nothing.gguf"), "There is no model file"),
    ],
)
def test_what_is_not_there_is_one_sentence_and_status_1(
    carrel: Any, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = carrel("models", *arguments)
    assert (status, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


def test_a_base_model_is_refused_with_the_reason(carrel: Any, tmp_path: Path) -> None:
    base = small_model().set("tokenizer.chat_template", STRING, "").write(tmp_path / "base.gguf")
    status, _, err = carrel("models", "import", str(base))
    assert status == 1
    assert "continues text" in err


def test_inspecting_says_what_a_person_asks(carrel: Any, mine: Path) -> None:
    status, out, _ = carrel("models", "inspect", str(mine))
    assert status == 0
    labels = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert (labels["name"], labels["architecture"], labels["quantization"]) == ("Tiny", "llama", "Q4_K_M")
    assert (labels["context"], labels["licence"]) == ("up to 512 tokens", "mit")
    assert out.splitlines()[7].split() == ["chat", "template", "yes"]
    assert labels["here"].startswith("Fits. Needs 0.2 GB of memory")


def test_inspecting_as_json_has_header_and_fit(carrel: Any, mine: Path) -> None:
    found = json.loads(carrel("models", "inspect", str(mine), "--json")[1])
    assert (found["name"], found["parameters"], found["tensors"]) == ("Tiny", 320, 2)
    assert found["fit"]["verdict"] == "fits"
    assert found["fit"]["needed_bytes"] > found["size_bytes"]


def test_a_quicker_form_is_shown_beside_the_model(carrel: Any) -> None:
    status, out, _ = carrel("models", "quicken", "mine")
    assert status == 0
    assert "reads 80, writes 20 tokens a second" in out
    assert "reads 130, writes 22 tokens a second" in out
    assert "94%" in out
    assert "carrel models use mine-q4_0" in out


def test_what_is_not_worth_it_is_said(carrel: Any, here: Here) -> None:
    here.quickened = NOT_KEPT
    assert "not worth a change" in carrel("models", "quicken", "mine")[1]
    found = json.loads(carrel("models", "quicken", "mine", "--json")[1])
    assert (found["worthwhile"], found["applied"], found["before"]["reads_per_second"]) == (False, False, 80)


def test_a_quicker_way_of_loading_is_put_to_use_and_taken_back(carrel: Any, here: Here, mine: Path) -> None:
    carrel("models", "import", str(mine))
    here.quickened = LAYOUT
    status, out, _ = carrel("models", "quicken", "mine")
    assert status == 0
    assert "To go back: carrel models quicken mine --as-before" in out
    assert [model.repacked for model in here.models()] == [False]
    assert "loaded in the usual way again" in carrel("models", "quicken", "mine", "--as-before")[1]
    assert [model.repacked for model in here.models()] == [True]
    assert json.loads(carrel("models", "quicken", "mine", "--json")[1])["applied"] is True


def test_a_dry_run_changes_and_keeps_nothing(carrel: Any, here: Here, mine: Path) -> None:
    carrel("models", "import", str(mine))
    here.quickened = LAYOUT
    assert "Nothing was kept" in carrel("models", "quicken", "mine", "--dry-run")[1]
    assert [model.repacked for model in here.models()] == [True]
    here.quickened = KEPT
    small_model().set("general.name", STRING, "Faster").write(here.profile / "models" / "mine-q4_0.gguf")
    found = json.loads(carrel("models", "quicken", "mine", "--dry-run", "--json")[1])
    assert (found["id"], found["worthwhile"], found["applied"]) == ("", True, False)
    assert [model.id for model in here.models()] == ["mine"]


def test_ctrl_c_ends_the_work_before_the_profile_is_given_back(carrel: Any, here: Here) -> None:
    here.quickened = None
    status, out, err = carrel("models", "quicken", "mine")
    assert (status, out) == (130, "")
    assert "Stopped." in err
    assert here.closed


@pytest.mark.parametrize("arguments", [(), ("import",), ("remove",), ("quicken",), ("shrink", "x")])
def test_wrong_use_is_status_2(carrel: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        carrel("models", *arguments)
    assert caught.value.code == 2
