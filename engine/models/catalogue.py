"""Which models can be had, and where: `assets/models.toml`, checked before anything is believed of it."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from engine.errors import CatalogueDamaged
from engine.models.values import CatalogueModel

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Above anything that a person's computer runs, below what overflows elsewhere.
_SIZE_LIMIT_BYTES = 1 << 40
_NUMBERS = ("size_bytes", "parameters", "context_tokens", "kv_bytes")
_TEXTS = ("name", "description", "good_for", "licence", "licence_url", "quantization")


def read(path: Path) -> list[CatalogueModel]:
    """The models of the catalogue, in its order.

    Raises:
        CatalogueDamaged: the file is missing, or an entry is incomplete or contradicts itself.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueDamaged(str(path), str(error)) from error
    entries, hosts = content.get("models"), content.get("redirect_hosts", [])
    if not isinstance(entries, list) or not isinstance(hosts, list):
        raise CatalogueDamaged(str(path), "it lists no models")
    models = [_model(entry, hosts, path) for entry in entries]
    _refuse_doubles(models, path)
    return models


def is_secure(url: str) -> bool:
    """Whether an address may be fetched from: HTTPS without a name or password in it.

    Plain HTTP is allowed to this very computer, named by number: nothing can listen in there.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _model(entry: Any, hosts: list[Any], path: Path) -> CatalogueModel:
    try:
        model = msgspec.convert({"redirect_hosts": hosts} | entry, CatalogueModel)
    except (msgspec.ValidationError, TypeError) as error:
        raise CatalogueDamaged(str(path), f"{_named(entry)}: {error}") from error
    problem = _problem(model)
    if problem:
        raise CatalogueDamaged(str(path), f"{_named(entry)}: {problem}")
    return model


def _named(entry: Any) -> str:
    return str(entry.get("id", "an entry without an id")) if isinstance(entry, dict) else "an entry"


def _problem(model: CatalogueModel) -> str:
    """What is wrong with an entry of the right types; empty when nothing is."""
    if not _ID.fullmatch(model.id):
        return "the id has other characters than a-z, 0-9, dot, dash and underscore"
    if model.file != f"{model.id}.gguf":
        return "the file must be called after the id, because an installed model is"
    if not is_secure(model.url) or not is_secure(model.licence_url):
        return "an address is not https"
    if not _SHA256.fullmatch(model.sha256):
        return "the SHA-256 is not 64 small hexadecimal digits"
    empty = [name for name in _TEXTS if not getattr(model, name).strip()]
    if empty:
        return f"{empty[0]} is empty"
    odd = [name for name in _NUMBERS if not 0 < getattr(model, name) < _SIZE_LIMIT_BYTES]
    return f"{odd[0]} is not a plausible number" if odd else ""


def _refuse_doubles(models: list[CatalogueModel], path: Path) -> None:
    for field in ("id", "sha256"):
        values = [getattr(model, field) for model in models]
        if len(set(values)) < len(values):
            raise CatalogueDamaged(str(path), f"two entries have the same {field}")
