import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from desktop import places
from engine.errors import CatalogueDamaged
from engine.models.catalogue import is_secure, read
from engine.models.values import CatalogueModel

ENTRY = {
    "id": "tiny",
    "name": "Tiny",
    "description": "Small.",
    "good_for": "Trying things out.",
    "licence": "MIT",
    "licence_url": "https://example.org/licence",
    "url": "https://example.org/tiny.gguf",
    "file": "tiny.gguf",
    "size_bytes": 1280,
    "sha256": "0" * 64,
    "parameters": 100,
    "quantization": "Q4_K_M",
    "context_tokens": 512,
    "kv_bytes": 64,
}
SHIPPED = read(places.assets() / "models.toml")
# Bits for each weight, with tables and embeddings; Gemma's vocabulary makes much of its smallest model.
BITS = {"Q4_K_M": (4.5, 6.6), "Q8_0": (8.4, 8.7)}


def write(path: Path, *entries: dict[str, object], head: str = "") -> Path:
    lines = [head]
    for entry in entries:
        lines.append("[[models]]")
        lines += [
            f"{key} = {repr(value).lower() if isinstance(value, bool) else _toml(value)}"
            for key, value in entry.items()
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value: object) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


# --- what is shipped ---------------------------------------------------------------------------------


def test_there_are_enough_models_of_several_makers_and_sizes() -> None:
    assert 8 <= len(SHIPPED) <= 12
    assert len({model.id.partition("-")[0] for model in SHIPPED}) >= 4
    assert min(model.parameters for model in SHIPPED) < 5e8
    assert max(model.parameters for model in SHIPPED) > 7e9


def test_some_are_recommended_and_they_are_permissively_licensed() -> None:
    recommended = [model for model in SHIPPED if model.recommended]
    assert 1 < len(recommended) < len(SHIPPED) / 2
    assert {model.licence for model in recommended} <= {"Apache-2.0", "MIT"}


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.id)
def test_each_model_comes_over_https_at_one_fixed_version(model: CatalogueModel) -> None:
    assert urlsplit(model.url).scheme == urlsplit(model.licence_url).scheme == "https"
    assert re.search(r"/resolve/[0-9a-f]{40}/[^/]+\.gguf$", model.url), "a version that cannot change"


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.id)
def test_each_model_says_what_it_is_in_sentences(model: CatalogueModel) -> None:
    assert model.description.endswith(".")
    assert model.good_for.endswith(".")
    assert model.licence
    assert model.redirect_hosts == ("*.hf.co", "*.huggingface.co")


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.id)
def test_sizes_parameters_and_quantization_agree(model: CatalogueModel) -> None:
    low, high = BITS[model.quantization]
    assert low < model.size_bytes * 8 / model.parameters < high
    assert model.quantization in model.url
    assert 1024 <= model.context_tokens <= 1 << 20
    assert model.kv_bytes % 1024 == 0
    assert 20_000 < model.kv_bytes < 200_000


# --- what is refused ---------------------------------------------------------------------------------


def test_an_entry_is_read_with_the_hosts_of_the_whole_list(tmp_path: Path) -> None:
    path = write(tmp_path / "models.toml", ENTRY, head='redirect_hosts = ["*.example.org"]')
    (model,) = read(path)
    assert model == CatalogueModel(**ENTRY, redirect_hosts=("*.example.org",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "http://example.org/tiny.gguf"}, "not https"),
        ({"url": "https://me:secret@example.org/tiny.gguf"}, "not https"),
        ({"url": "file:///etc/passwd"}, "not https"),
        ({"licence_url": "http://example.org"}, "not https"),
        ({"licence": " "}, "licence is empty"),
        ({"sha256": "0" * 63}, "SHA-256"),
        ({"sha256": "A" * 64}, "SHA-256"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"kv_bytes": -1}, "kv_bytes"),
        ({"size_bytes": "much"}, "size_bytes"),
        ({"file": "../tiny.gguf"}, "called after the id"),
        ({"id": "../tiny", "file": "../tiny.gguf"}, "the id has"),
    ],
)
def test_an_entry_that_cannot_be_trusted_is_refused_by_name(
    change: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "models.toml", ENTRY | change)
    with pytest.raises(CatalogueDamaged, match=re.escape(words)) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_an_entry_with_something_missing_is_refused(tmp_path: Path) -> None:
    short = {key: value for key, value in ENTRY.items() if key != "sha256"}
    with pytest.raises(CatalogueDamaged, match=r"tiny: .*sha256"):
        read(write(tmp_path / "models.toml", short))


@pytest.mark.parametrize("other", [{}, {"id": "other", "file": "other.gguf"}])
def test_two_entries_that_are_one_are_refused(other: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(CatalogueDamaged, match="two entries have the same"):
        read(write(tmp_path / "models.toml", ENTRY, ENTRY | other))


@pytest.mark.parametrize(
    "content", ["models = 3", "", "[[models", "models = [3]", "redirect_hosts = 1\nmodels = []"]
)
def test_what_is_no_catalogue_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueDamaged):
        read(path)


def test_a_missing_catalogue_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueDamaged, match=re.escape("absent.toml")):
        read(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://example.org/a", True),
        ("http://127.0.0.1:8000/a", True),
        ("http://[::1]/a", True),
        ("http://localhost/a", False),
        ("http://127.0.0.1.example.org/a", False),
        ("ftp://127.0.0.1/a", False),
        ("https://user@example.org/a", False),
        ("https:///a", False),
    ],
)
def test_plain_http_is_for_this_computer_alone(url: str, secure: bool) -> None:
    assert is_secure(url) is secure
