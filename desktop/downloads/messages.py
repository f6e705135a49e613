"""What the app and the process that fetches say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.network import Attempt
from desktop.processes.codec import Codec
from desktop.processes.service import ServiceDescription
from engine.errors import EngineError
from engine.models.values import Downloading, ModelAdded

REQUEST = 1
"""Each process answers one request and ends."""

STOP = b"stop"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch a model of the catalogue into a folder. By its id alone: no address crosses this pipe."""

    model_id: str
    folder: str


def codec() -> Codec:
    """Checked MessagePack, as between the app and its other processes."""
    return Codec(
        ServiceDescription(
            name="download",
            factory="",
            settings=None,
            requests=(Fetch,),
            replies=(Downloading, ModelAdded, Attempt),
            errors=EngineError,
        )
    )
