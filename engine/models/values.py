"""What is known of models before and while they come here: offers, fit, progress, speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fits", "slow", "too_large"]


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model suits this computer. `needed_bytes`: weights, context and workspace.

    `available_bytes` is None where the system does not say. Speeds are estimates, in tokens a second, or
    None while nothing has been measured here. `words` says all of it in one sentence.
    """

    verdict: Verdict
    needed_bytes: int
    available_bytes: int | None
    reads_per_second: float | None
    writes_per_second: float | None
    words: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that Carrel knows where to get. `kv_bytes` is the memory for each token of context.

    `file` is what it is called here; installed, it has the same id. `redirect_hosts`: where the server
    may hand a download on to, besides itself (“*.example.org” for all below).
    """

    id: str
    name: str
    description: str
    good_for: str
    licence: str
    licence_url: str
    url: str
    file: str
    size_bytes: int
    sha256: str
    parameters: int
    quantization: str
    context_tokens: int
    kv_bytes: int
    recommended: bool = False
    redirect_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A catalogue model as it stands on this computer. `partial_bytes`: of a download begun before."""

    model: CatalogueModel
    fit: Fit
    installed: bool
    partial_bytes: int = 0


Phase = Literal["connecting", "fetching", "waiting", "verifying"]


@dataclass(frozen=True, slots=True)
class Downloading:
    """`waiting`: the connection broke and is tried again after a pause; `words` then says why."""

    phase: Phase
    done_bytes: int
    total_bytes: int
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Copying:
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ModelAdded:
    """The end of a download, an import or a conversion."""

    id: str


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, measured here."""

    reads_per_second: float
    writes_per_second: float


@dataclass(frozen=True, slots=True)
class Measuring:
    """`words` says what is being tried; `done` of `total` steps."""

    done: int
    total: int
    words: str


# The default model and its Q4_0 agree in .91 of the places, the smallest (Q4_1) and its Q4_0 in .63: that one
# gives other answers, however fast.
ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class Quickened:
    """A model beside a quicker way of having it, both measured in turns on this computer.

    A `layout` is the same file, loaded with its weights `repacked` for the processor or as they are stored:
    the person decides, until then nothing changes; `id` is empty. A `conversion` is another file with
    numbers of the form `quantization`, here already as the model `id` when it is worthwhile.

    `agreement`: how often both find the same token likeliest, over the tokens of a few prompts, 0..1.
    `worthwhile`: quicker by enough, and alike; otherwise a new file has been deleted, and `id` is empty.
    """

    id: str
    quantization: str
    before: Speed
    after: Speed
    agreement: float
    worthwhile: bool
    kind: Literal["layout", "conversion"] = "conversion"
    repacked: bool = True

    @property
    def is_alike(self) -> bool:
        """Whether it still answers as the model does."""
        return self.agreement >= ALIKE
