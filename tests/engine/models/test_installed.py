from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ModelDamaged, ModelUnknown
from engine.models import installed
from engine.models.installed import InstalledModels
from engine.models.register import Register, reference_to
from tests.fakes.gguf import STRING, small_model

CATALOGUE = """
[[weights]]
id = "large"
role = "model"
name = "Large"
description = "Knows much."
file = "large.gguf"
licence = "MIT"
context_tokens = 4096
default = true

[[weights]]
id = "little"
role = "model"
name = "Little"
description = "Knows little."
file = "little.gguf"
licence = "MIT"
context_tokens = 2048

[[weights]]
id = "finder"
role = "embedder"
name = "Finder"
description = "Finds."
file = "finder.gguf"
licence = "MIT"
"""


@pytest.fixture
def models(tmp_path: Path) -> InstalledModels:
    for name in ("weights", "models"):
        (tmp_path / name).mkdir()
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    return InstalledModels(tmp_path / "weights", tmp_path / "models", tmp_path / "catalogue.toml")


def test_delivered_models_come_with_the_catalogue_s_words(models: InstalledModels, tmp_path: Path) -> None:
    small_model().write(tmp_path / "weights" / "little.gguf")
    small_model().write(tmp_path / "weights" / "finder.gguf")
    (model,) = models.list()
    assert (model.id, model.name, model.description) == ("little", "Little", "Knows little.")
    assert (model.context_tokens, model.quantization, model.delivered) == (2048, "Q4_K_M", True)


def test_own_models_come_with_their_header_s_words(models: InstalledModels, tmp_path: Path) -> None:
    path = small_model().write(tmp_path / "models" / "mine.gguf")
    (model,) = models.list()
    assert (model.id, model.name, model.licence, model.path) == ("mine", "Tiny", "mit", path)
    assert (model.context_tokens, model.size_bytes) == (512, path.stat().st_size)
    assert not model.delivered


def test_the_default_is_what_comes_without_a_name(models: InstalledModels, tmp_path: Path) -> None:
    for name in ("little", "large"):
        small_model().write(tmp_path / "weights" / f"{name}.gguf")
    assert models.get(None).id == "large"
    assert models.get("little").id == "little"


def test_the_only_model_needs_no_name(models: InstalledModels, tmp_path: Path) -> None:
    small_model().write(tmp_path / "models" / "mine.gguf")
    assert models.get(None).id == "mine"


def test_an_unknown_model_names_those_that_are_known(models: InstalledModels, tmp_path: Path) -> None:
    small_model().write(tmp_path / "models" / "mine.gguf")
    with pytest.raises(ModelUnknown) as caught:
        models.get("yours")
    assert caught.value.known == ("mine",)
    assert "yours" in str(caught.value) and "mine" in str(caught.value)


def test_without_any_model_the_default_is_unknown(models: InstalledModels) -> None:
    assert models.list() == []
    with pytest.raises(ModelUnknown):
        models.get(None)


def test_a_damaged_file_is_listed_with_its_problem_beside_the_good_ones(
    models: InstalledModels, tmp_path: Path
) -> None:
    (tmp_path / "models" / "bad.gguf").write_bytes(b"no model")
    small_model().write(tmp_path / "models" / "good.gguf")
    bad, good = models.list()
    assert "not a GGUF" in bad.problem
    assert good.problem == ""


def test_a_delivered_model_hides_an_own_one_of_its_id(models: InstalledModels, tmp_path: Path) -> None:
    small_model().write(tmp_path / "weights" / "little.gguf")
    small_model().write(tmp_path / "models" / "little.gguf")
    assert [model.delivered for model in models.list()] == [True]


def test_a_broken_link_is_no_model(models: InstalledModels, tmp_path: Path) -> None:
    (tmp_path / "models" / "gone.gguf").symlink_to(tmp_path / "nowhere")
    assert models.list() == []


def test_a_header_is_read_once_and_again_after_a_change(
    models: InstalledModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    inspect = installed.inspect
    monkeypatch.setattr(installed, "inspect", lambda path: reads.append(path) or inspect(path))
    path = small_model().write(tmp_path / "models" / "mine.gguf")
    models.list()
    models.list()
    assert len(reads) == 1
    small_model().set("general.name", STRING, "Changed").write(path)
    assert models.list()[0].name == "Changed"
    assert len(reads) == 2


def test_a_base_model_that_was_put_there_is_listed_with_what_is_wrong(
    models: InstalledModels, tmp_path: Path
) -> None:
    small_model().set("tokenizer.chat_template", STRING, "").write(tmp_path / "models" / "base.gguf")
    assert "continues text" in models.list()[0].problem


def test_a_header_can_be_asked_for_by_id(models: InstalledModels, tmp_path: Path) -> None:
    path = small_model().write(tmp_path / "models" / "mine.gguf")
    (tmp_path / "models" / "bad.gguf").write_bytes(b"no model")
    assert models.header("mine").parameters == 320
    with pytest.raises(ModelDamaged):
        models.header("bad")
    path.unlink()
    with pytest.raises(ModelUnknown):
        models.header("mine")


def test_a_model_is_loaded_as_it_was_found_quicker_wherever_it_lies(
    models: InstalledModels, tmp_path: Path
) -> None:
    register = Register(tmp_path / "models")
    paths = {
        "little": small_model().write(tmp_path / "weights" / "little.gguf"),
        "mine": small_model().write(tmp_path / "models" / "mine.gguf"),
        "other": small_model().write(tmp_path / "models" / "other.gguf"),
        "referenced": small_model().write(tmp_path / "elsewhere.gguf"),
    }
    register.put_reference("referenced", reference_to(paths["referenced"]))
    for model_id in ("little", "mine", "referenced"):
        register.put_as_stored(model_id, reference_to(paths[model_id]))
    repacked = {model.id: model.repacked for model in models.list()}
    assert repacked == {"little": False, "mine": False, "other": True, "referenced": False}


def test_another_file_in_its_place_is_loaded_as_any_other(models: InstalledModels, tmp_path: Path) -> None:
    path = small_model().write(tmp_path / "models" / "mine.gguf")
    Register(tmp_path / "models").put_as_stored("mine", reference_to(path))
    assert not models.get("mine").repacked
    path.touch()
    assert not models.get("mine").repacked
    small_model().set("general.name", STRING, "Other").write(path)
    assert models.get("mine").repacked
    path.write_bytes(b"no model")
    assert models.get("mine").repacked


def test_an_own_file_hides_a_reference_of_its_id(models: InstalledModels, tmp_path: Path) -> None:
    elsewhere = small_model().write(tmp_path / "elsewhere.gguf")
    Register(tmp_path / "models").put_reference("mine", reference_to(elsewhere))
    assert [model.path for model in models.list()] == [elsewhere]
    own = small_model().write(tmp_path / "models" / "mine.gguf")
    assert [model.path for model in models.list()] == [own]
