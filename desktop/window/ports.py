"""What the screens need from the application, one Protocol per concern; `desktop/application.py` has it all.

Everything is called on the window's thread and returns at once, except what returns an iterator, `warm`,
`remove_collection`, `remove_documents`, `documents`, `page`, `draw_page`, `watch`, `remove_model`,
`discard_download` and `model_header`: those run on a lane (`desktop/lanes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from desktop.egress.proving import Proof
from desktop.explain import Explanation
from desktop.keys.secret import Secret
from desktop.network import Attempt
from desktop.places import Profile
from desktop.processes.sandbox import Confinement
from engine.answering import AnswerEvent
from engine.chats.store import ChatRow, Scope, StoredMessage
from engine.frontier.values import Draft, Provider, Proxy
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel
from engine.models.values import Copying, Downloading, Fit, Measuring, ModelAdded, Offer, Quickened
from engine.routing.values import Policy, Route, ThresholdEffects
from engine.tasks.recipe import Recipe
from engine.tasks.values import (
    Column,
    Comparison,
    Exporting,
    GalleryRecipe,
    LineFilter,
    LineId,
    Preview,
    QuestionPlan,
    RecipeRow,
    RecipeVersion,
    RunEvent,
    RunRow,
    RunSource,
    StoredLine,
    Tally,
    WatchedTask,
)
from engine.usage.values import (
    CallRow,
    Currency,
    Estimate,
    Limits,
    Money,
    Price,
    PriceRow,
    Receipt,
    Spent,
    UsageReport,
)
from engine.values import PromptProgress
from rag.indexing import IndexEvent
from rag.process.messages import PageDrawn
from rag.values import CollectionStatus, DocumentRow, Page

Cancelled = Callable[[], bool]


class Chats(Protocol):
    """Conversations, kept in the profile."""

    def chats(self, search: str = "") -> list[ChatRow]: ...
    def new_chat(self, scope: Scope) -> int: ...
    def rename_chat(self, chat_id: int, title: str) -> None: ...
    def delete_chat(self, chat_id: int) -> None: ...
    def restore_chat(self, chat_id: int) -> None: ...
    def scope(self, chat_id: int) -> Scope: ...
    def set_scope(self, chat_id: int, scope: Scope) -> None: ...
    def messages(self, chat_id: int) -> list[StoredMessage]: ...
    def prepare(
        self, chat_id: int | None, scope: Scope, *, cancelled: Cancelled = ...
    ) -> Iterator[PromptProgress]: ...
    def send(self, chat_id: int, question: str, *, cancelled: Cancelled = ...) -> Iterator[AnswerEvent]: ...
    def regenerate(self, chat_id: int, *, cancelled: Cancelled = ...) -> Iterator[AnswerEvent]: ...


class Watch(Protocol):
    """Folders being watched, until it is closed."""

    def close(self) -> None: ...


class Documents(Protocol):
    """The library."""

    def collections(self) -> list[CollectionStatus]: ...
    def documents(self, collection: str | None = None) -> list[DocumentRow]: ...
    def index(
        self, paths: Sequence[Path], collection: str | None = None, *, cancelled: Cancelled = ...
    ) -> Iterator[IndexEvent]: ...
    def resume_indexing(self, *, cancelled: Cancelled = ...) -> Iterator[IndexEvent]: ...
    def retry(self, paths: Sequence[Path], *, cancelled: Cancelled = ...) -> Iterator[IndexEvent]: ...
    def refresh(self, collection: str | None = None, *, cancelled: Cancelled = ...) -> Iterator[IndexEvent]:
        """Look again at the folders of a collection, or of all."""
        ...

    def rebuild_collection(self, name: str, *, cancelled: Cancelled = ...) -> Iterator[IndexEvent]:
        """Read every file anew; what was read before answers until it is replaced."""
        ...

    def is_to_be_embedded(self) -> bool:
        """Whether passages wait for the embedder, because it has changed. Asks the reader: for a lane."""
        ...

    def embed_anew(self, *, cancelled: Cancelled = ...) -> Iterator[IndexEvent]: ...
    def set_watched(self, collection: str, watched: bool) -> None: ...
    def watch(self, due: Callable[[str], None]) -> Watch:
        """Until it is closed, call `due`, on any thread, with a collection whose folder has changed."""
        ...

    def remove_collection(self, name: str) -> int: ...
    def remove_documents(self, paths: Sequence[Path]) -> int: ...
    def page(self, path: str, page: int | None) -> Page: ...
    def draw_page(self, path: str, page: int, width_px: int) -> PageDrawn: ...


class Models(Protocol):
    """Models that are here, and those that can be had."""

    def models(self) -> list[InstalledModel]: ...
    def current_model(self) -> InstalledModel: ...
    def use_model(self, model_id: str) -> None: ...
    def model_fit(self, model_id: str) -> Fit: ...
    def model_header(self, model_id: str) -> GgufHeader: ...
    def free_space_bytes(self) -> int:
        """What is free on the disk that models are kept on."""
        ...

    def catalogue(self) -> list[Offer]: ...
    def download_model(
        self, model_id: str, *, cancelled: Cancelled = ...
    ) -> Iterator[Downloading | ModelAdded]: ...
    def discard_download(self, model_id: str) -> int: ...
    def import_model(
        self, path: Path, *, copy: bool, cancelled: Cancelled = ...
    ) -> Iterator[Copying | ModelAdded]: ...
    def remove_model(self, model_id: str) -> int: ...
    def quicken_model(
        self, model_id: str, *, cancelled: Cancelled = ...
    ) -> Iterator[Measuring | Quickened]: ...
    def use_quickened(self, model_id: str, found: Quickened) -> None:
        """Take what `quicken_model` found: load the model so, or let the converted one answer."""
        ...

    def use_model_as_before(self, model_id: str) -> None:
        """Load a model as any other again."""
        ...


KeyPlace = Literal["", "keyring", "session"]


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in a list. `key`: where its key is kept; “”: nowhere. `used`: it is the policy's."""

    provider: Provider
    key: KeyPlace = ""
    used: bool = False


@dataclass(frozen=True, slots=True)
class KeyTested:
    """The key works. `models` are those that the provider lists, `seconds` how long it took."""

    models: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class EscalationPlan:
    """What asking the frontier about lines of a run would take: `lines` of them, in `calls` questions.

    `fits`: how many of the calls the limits allow now. `blocked` is why none may go; “” where they may.
    `cells` are in doubt in these lines; `first` is the first question as it would go out. About `left_out`
    inputs are not asked about, `reasons` say why. `left` is what the limits leave; None: there are none.
    """

    run_id: int
    lines: tuple[LineId, ...]
    calls: int
    estimate: Estimate
    fits: int
    provider: str
    model: str
    blocked: str = ""
    cells: int = 0
    first: Draft | None = None
    left_out: int = 0
    reasons: tuple[str, ...] = ()
    left: Money | None = None


class Cloud(Protocol):
    """Everything that can leave this computer (`desktop/cloud/`).

    At once: `online`, `providers`, `proxy`, `policy`, `limits`, `route`, `masked`, `receipt`, `keyring`, and
    all about money but `export_usage`. The others may take a second or go out, and run on a lane.
    """

    # The way out
    def online(self) -> bool: ...
    def set_online(self, online: bool) -> None:
        """Going offline ends the process that sends: what is under way stops at once."""
        ...

    def attempts(self) -> list[Attempt]:
        """Those that are kept, of earlier starts too; oldest first."""
        ...

    def attempts_now(self) -> list[Attempt]:
        """Those since Carrel started."""
        ...

    def export_attempts(self, path: Path) -> None: ...
    def held(self) -> dict[str, Confinement]:
        """What the system holds each running process to: “app”, “model”, “reader”, “courier”."""
        ...

    def prove(self) -> Iterator[Proof]:
        """Try to get out, on the spot."""
        ...

    # Providers and keys
    def keyring(self) -> str:
        """The name of the system's keyring, such as “macOS Keychain”; “” where there is none."""
        ...

    def look_for_keys(self) -> None:
        """Ask the keyring anew which providers have one; from then on `keyring` and `providers` know."""
        ...

    def providers(self) -> list[ProviderRow]: ...
    def save_provider(self, provider: Provider) -> None:
        """Add one, or change one that was added. Raises ProviderInvalid."""
        ...

    def remove_provider(self, provider_id: str) -> None: ...
    def set_key(self, provider_id: str, key: Secret, *, session: bool = ...) -> None:
        """Keep a key, which is wiped here; `session`: until Carrel closes.

        Raises KeyringMissing, KeyringLocked.
        """
        ...

    def remove_key(self, provider_id: str) -> None: ...
    def test_key(self, provider_id: str, *, cancelled: Cancelled = ...) -> Iterator[KeyTested]:
        """The cheapest call that proves the key. Raises FrontierError."""
        ...

    def proxy(self) -> Proxy:
        """How to get out of the person's network, for all providers but local ones."""
        ...

    def set_proxy(self, proxy: Proxy) -> None:
        """Raises ProviderInvalid: it is no address, or the file holds no certificates."""
        ...

    # What is allowed
    def policy(self) -> Policy: ...
    def set_policy(self, policy: Policy) -> None: ...
    def threshold_effects(self) -> ThresholdEffects: ...

    # Chats
    def route(self, chat_id: int) -> Route:
        """What is to become of the chat's last answer."""
        ...

    def draft(
        self,
        chat_id: int,
        *,
        provider_id: str = ...,
        model: str = ...,
        passages: Sequence[int] | None = ...,
        cancelled: Cancelled = ...,
    ) -> Iterator[Draft]:
        """The chat's last question as it would be sent; by default to the policy's model, with all passages.

        Raises KeptHere, ProviderUnknown.
        """
        ...

    def masked(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        """The draft with one mask switched. Ends with the request that would be sent."""
        ...

    def send_draft(self, chat_id: int, draft: Draft, *, cancelled: Cancelled = ...) -> Iterator[AnswerEvent]:
        """Send exactly this, and keep the answer in the chat, below the local one. Raises FrontierError."""
        ...

    def receipt(self, message_id: int) -> Receipt | None: ...

    # Money
    def usage(self, days: int = ...) -> UsageReport: ...
    def spent(self) -> Spent: ...
    def currency(self) -> Currency: ...
    def limits(self) -> Limits: ...
    def set_limits(self, limits: Limits) -> None: ...
    def price(self, provider_id: str, model: str) -> Price | None: ...
    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        """The person's own price; None: back to the table's."""
        ...

    def prices(self) -> list[PriceRow]:
        """Of the models with a price, of those that were asked, and of those that providers suggest."""
        ...

    def currencies(self) -> list[str]: ...
    def set_currency(self, code: str) -> None: ...
    def calls(self, limit: int = ...) -> list[CallRow]:
        """The last calls, latest first."""
        ...

    def receipt_of_call(self, call_id: int) -> Receipt | None: ...
    def export_usage(self, path: Path) -> None:
        """Every call as a line of a CSV file. Raises ExportFailed."""
        ...


class Tasks(Protocol):
    """Recipes and their runs (`desktop/workbench.py`). What is on the screen is read in milliseconds:
    `line_ids`, `lines`, `runs`, `recipes`, `correct` and `accept` are called on the window's thread."""

    # Recipes

    def gallery(self) -> list[GalleryRecipe]: ...
    def recipes(self) -> list[RecipeRow]: ...
    def recipe(self, recipe_id: int, version: int | None = None) -> Recipe: ...
    def named(self, name: str) -> RecipeRow:
        """The saved recipe of that name; one of the gallery is saved first. Raises RecipeUnknown."""
        ...

    def check_recipe(self, recipe: Recipe) -> None:
        """Raises RecipeInvalid, with the place in the recipe."""
        ...

    def recipe_columns(self, recipe: Recipe) -> tuple[Column, ...]: ...
    def save_recipe(self, recipe: Recipe, recipe_id: int | None = None) -> RecipeRow:
        """A new recipe, or a new version of one; the same as before makes no version."""
        ...

    def duplicate_recipe(self, recipe_id: int) -> RecipeRow: ...
    def delete_recipe(self, recipe_id: int) -> None: ...
    def restore_recipe(self, recipe_id: int) -> None: ...
    def recipe_versions(self, recipe_id: int) -> list[RecipeVersion]: ...
    def import_recipe(self, path: Path) -> RecipeRow: ...
    def export_recipe(self, recipe_id: int, path: Path) -> None: ...

    # Runs

    def preview(self, source: RunSource) -> Preview:
        """What a source holds. Blocks: run it on a lane."""
        ...

    def try_recipe(
        self, recipe: Recipe, source: RunSource, *, cancelled: Cancelled = ...
    ) -> Iterator[StoredLine]:
        """The lines of the first inputs (`source.limit`), without keeping a run."""
        ...

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, model_id: str = "", cancelled: Cancelled = ...
    ) -> Iterator[RunEvent]:
        """`cancelled` pauses the run; what was done is kept. `model_id` takes the place of the recipe's."""
        ...

    def resume_run(self, run_id: int, *, cancelled: Cancelled = ...) -> Iterator[RunEvent]: ...
    def runs(self, recipe_id: int | None = None) -> list[RunRow]: ...
    def run(self, run_id: int) -> RunRow: ...
    def delete_run(self, run_id: int) -> None: ...
    def restore_run(self, run_id: int) -> None: ...
    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]: ...
    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]: ...
    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        """Set a cell. What is right of its line is remembered as an example of the recipe."""
        ...

    def undo_correction(self, run_id: int, line: LineId, column: str) -> StoredLine: ...
    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        """The person found the line right as it is."""
        ...

    def retry_rows(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        """Let these inputs, or all that failed, wait again; how many. `resume_run` does them."""
        ...

    # Asking a provider about lines in doubt

    def frontier_name(self) -> str:
        """The provider that the person chose, where tasks may use it; “”: they may not. At once."""
        ...

    def cells_to_ask(self, run_id: int) -> int:
        """How many cells of a run are in doubt, and nobody was asked about them yet. At once."""
        ...

    def money(self, amount: Money) -> str:
        """An amount in the person's currency."""
        ...

    def plan_escalation(self, run_id: int, lines: Sequence[LineId] | None = None) -> EscalationPlan:
        """For these lines, or for all that need review and were not asked about. Reads inputs: run it on a
        lane."""
        ...

    def escalate(
        self, run_id: int, lines: Sequence[LineId], *, cancelled: Cancelled = ...
    ) -> Iterator[RunEvent]:
        """Ask the provider for the cells in doubt of these lines; stops at the budget and can go on."""
        ...

    def compare_runs(self, one: int, other: int) -> Comparison: ...
    def export_run(self, run_id: int, path: Path) -> Iterator[Exporting]:
        """Write the lines as CSV, XLSX or JSONL, by the ending."""
        ...

    # Every document

    def plan_question(
        self, question: str, source: RunSource, *, cancelled: Cancelled = ...
    ) -> QuestionPlan | None:
        """How a question about every document would be answered; None when cancelled. Asks the model: run it
        on a lane."""
        ...

    def run_question(self, plan: QuestionPlan, *, cancelled: Cancelled = ...) -> Iterator[RunEvent]: ...
    def tally(self, run_id: int) -> Tally: ...

    # Watched folders

    def watched_tasks(self) -> list[WatchedTask]: ...
    def watch_task(
        self, recipe_id: int, folder: Path, output: Path, *, existing: bool = False
    ) -> WatchedTask:
        """`existing`: what lies in the folder already is done, too. Looks through it: run it on a lane."""
        ...

    def unwatch_task(self, task_id: int) -> None: ...
    def restore_watched(self, task_id: int) -> None:
        """Undo `unwatch_task`, as long as Carrel is open."""
        ...

    def work_watched(self, task_id: int, *, cancelled: Cancelled = ...) -> Iterator[RunEvent]:
        """Do the new files of a watched task, and add their lines to its output."""
        ...

    def follow_tasks(self, due: Callable[[int], None]) -> Watch:
        """Until it is closed, call `due`, on any thread, with a watched task that has work."""
        ...


class Settings(Protocol):
    """Choices of the person that outlive the window. Values are JSON."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class Status(Protocol):
    """What the status strip shows."""

    @property
    def model(self) -> str: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def connections(self) -> int: ...
    @property
    def blocked(self) -> int: ...
    @property
    def offline(self) -> bool: ...


class CarrelApplication(Chats, Documents, Models, Settings, Protocol):
    """All that the window needs."""

    @property
    def profile(self) -> Profile: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def cloud(self) -> Cloud: ...
    def status(self) -> Status: ...
    def add_listener(self, listener: Callable[[str, object], None]) -> None:
        """`listener(worker, event)` is called on whatever thread notices that a worker started or died."""
        ...

    def explain(self, error: BaseException) -> Explanation: ...
    def warm(self) -> None: ...
    def close(self) -> None: ...
