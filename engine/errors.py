"""What can go wrong with models and chats, and is expected to.

    EngineError
    ├── ModelError
    │   ├── ModelMissing          the file is not there
    │   ├── ModelDamaged          header, sizes or hash are wrong; found before llama.cpp sees it
    │   ├── ModelUnsupported      a sound file, but llama.cpp does not load this architecture
    │   ├── ModelUnknown          no installed model of that id
    │   ├── NoChatTemplate        a base model: it continues text, it does not answer
    │   ├── NotEnoughMemory       needs more than there is
    │   └── AdapterUnfit          a LoRA adapter that is none, or made for another model
    ├── ModelFileError            a model file cannot be fetched, kept, converted or removed
    │   ├── NotEnoughSpace        the disk is too full for it
    │   ├── ModelUnwritable       the folder for models cannot be written
    │   ├── ModelChanged          it was written to while it was copied
    │   ├── ModelDelivered        it came with Carrel and is not the person's to remove
    │   ├── DownloadFailed        the server or the connection, said in words
    │   ├── DownloadDamaged       what came is not what the catalogue promises
    │   ├── DownloadRunning       the same model is being fetched already
    │   ├── CatalogueDamaged      the list of models that can be had is broken
    │   └── ConversionFailed      llama.cpp does not write it in that form
    ├── ModelBusy                 too many requests wait already
    ├── PromptTooLong             more tokens than the context holds
    ├── SchemaUnsupported         a JSON Schema that cannot be promised; names the keyword
    ├── LabelsUnfit               labels that a model cannot choose among: none, two equal, one too long
    ├── OutputInvalid             the model's reply does not fit its schema, after one repair
    ├── TaskError                 a task cannot be done
    │   ├── RecipeInvalid         a recipe lacks something, or says what cannot be
    │   ├── RecipeUnknown         no recipe of that name
    │   ├── RunUnknown            no run of that number
    │   ├── NoInputs              there is nothing to run a recipe on
    │   ├── InputUnreadable       one input of a run cannot be read
    │   └── ExportFailed          the lines of a run cannot be written to a file
    │       └── ColumnsDiffer     the file holds lines with other columns
    ├── FrontierError             a provider was not asked, or did not answer
    │   ├── AskingOff             no provider is chosen, or the person does not allow it
    │   ├── Offline               Carrel is offline; nothing was tried
    │   ├── KeptHere              what would be sent may not leave this computer
    │   ├── NamesNotLookedFor     persons and addresses could not be looked for, to be masked
    │   ├── ProviderUnknown       no provider of that id
    │   ├── ProviderInvalid       an address or name that cannot be
    │   ├── KeyMissing            no key is kept for this provider's host
    │   ├── KeyringMissing        this system has no keyring that may hold a key
    │   ├── KeyringLocked         the keyring is locked, or refused
    │   ├── ProviderFailed        it was asked, and did not answer
    │   │   ├── KeyRefused            wrong, expired, or not allowed to
    │   │   ├── CreditExhausted       nothing left to pay with, at the provider
    │   │   ├── RateLimited           too many questions; `retry_after_s` where it says
    │   │   ├── ProviderBusy          overloaded, or an error of its own (5xx)
    │   │   ├── ProviderUnreachable   no connection, or it broke, or nothing came for too long
    │   │   ├── RequestRefused        the provider says that the request is wrong (400, 404 …)
    │   │   │   └── QuestionTooLong       more than its model reads
    │   │   ├── ReplyRefused          it declines to answer this (content policy)
    │   │   └── ReplyBroken           what came is not what the format says, or was cut off
    │   └── BudgetError
    │       ├── BudgetReached     a limit would be passed; nothing was sent
    │       ├── PriceUnknown      no price, so nothing may go automatically
    │       └── PricesDamaged     the table of prices is broken
    └── ProfileError              carrel.db, tasks.db, usage.db
        ├── ProfileTooNew         written by a newer Carrel
        ├── ProfileDamaged        SQLite says that the file is damaged
        └── ProfileUnavailable    it cannot be opened or written now: permission, full disk, locked

Every class is a dataclass: its fields are the facts, and travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass


class EngineError(Exception):
    """Root of the engine's expected failures."""


class ModelError(EngineError):
    """A model cannot be used."""


@dataclass(eq=False)
class ModelMissing(ModelError):
    path: str

    def __str__(self) -> str:
        return f"There is no model file at {self.path}."


@dataclass(eq=False)
class ModelDamaged(ModelError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"The model file {self.path} is damaged: {self.detail}"


@dataclass(eq=False)
class ModelUnsupported(ModelError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"The model {self.path} could not be loaded: {self.detail}"


@dataclass(eq=False)
class ModelUnknown(ModelError):
    name: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"There is no model “{self.name}”. Installed: {', '.join(self.known) or 'none'}."


@dataclass(eq=False)
class NoChatTemplate(ModelError):
    path: str

    def __str__(self) -> str:
        return f"The model {self.path} has no chat template: it continues text, it does not answer questions."


@dataclass(eq=False)
class NotEnoughMemory(ModelError):
    needed_bytes: int
    free_bytes: int

    def __str__(self) -> str:
        needed, free = self.needed_bytes / 1e9, self.free_bytes / 1e9
        return f"The model needs {needed:.1f} GB of memory; {free:.1f} GB are free."


@dataclass(eq=False)
class AdapterUnfit(ModelError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"The adapter {self.path} cannot be used: {self.detail}"


class ModelFileError(EngineError):
    """A model file cannot be fetched, kept, converted or removed."""


@dataclass(eq=False)
class NotEnoughSpace(ModelFileError):
    path: str
    needed_bytes: int
    free_bytes: int

    def __str__(self) -> str:
        needed, free = self.needed_bytes / 1e9, self.free_bytes / 1e9
        return f"{self.path} needs {needed:.1f} GB on the disk; {free:.1f} GB are free."


@dataclass(eq=False)
class ModelUnwritable(ModelFileError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} cannot be written: {self.detail}"


@dataclass(eq=False)
class ModelChanged(ModelFileError):
    path: str

    def __str__(self) -> str:
        return f"The file {self.path} changed while it was copied."


@dataclass(eq=False)
class ModelDelivered(ModelFileError):
    name: str

    def __str__(self) -> str:
        return f"“{self.name}” came with Carrel and stays with it."


@dataclass(eq=False)
class DownloadFailed(ModelFileError):
    """`can_resume`: what has come so far is kept, and the next try goes on from there."""

    host: str
    detail: str
    can_resume: bool = False

    def __str__(self) -> str:
        return f"The download from {self.host} failed: {self.detail}"


@dataclass(eq=False)
class DownloadDamaged(ModelFileError):
    host: str
    detail: str

    def __str__(self) -> str:
        return f"What came from {self.host} is not the model that was promised: {self.detail}"


@dataclass(eq=False)
class DownloadRunning(ModelFileError):
    name: str

    def __str__(self) -> str:
        return f"“{self.name}” is being downloaded already."


@dataclass(eq=False)
class CatalogueDamaged(ModelFileError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"The list of models {self.path} is damaged: {self.detail}"


@dataclass(eq=False)
class ConversionFailed(ModelFileError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"The model {self.path} could not be converted: {self.detail}"


@dataclass(eq=False)
class ModelBusy(EngineError):
    waiting: int

    def __str__(self) -> str:
        return f"The model is busy: {self.waiting:,} requests wait already."


@dataclass(eq=False)
class SchemaUnsupported(EngineError):
    """`keyword` as the schema writes it, `place` a JSON pointer to where it stands. No keyword: the whole."""

    keyword: str
    place: str
    detail: str = ""

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        why = f": {self.detail}" if self.detail else ""
        if not self.keyword:
            return f"The schema cannot be promised{why}."
        return f"The schema uses “{self.keyword}”{where}, which cannot be promised{why}."


@dataclass(eq=False)
class LabelsUnfit(EngineError):
    detail: str

    def __str__(self) -> str:
        return f"The model cannot choose among these labels: {self.detail}"


@dataclass(eq=False)
class OutputInvalid(EngineError):
    """`text` is what the model wrote last."""

    detail: str
    text: str

    def __str__(self) -> str:
        return f"The model's reply does not fit the schema: {self.detail}"


@dataclass(eq=False)
class PromptTooLong(EngineError):
    tokens: int
    context_tokens: int

    def __str__(self) -> str:
        return f"The text is {self.tokens:,} tokens long; the model reads at most {self.context_tokens:,}."


class TaskError(EngineError):
    """A task cannot be done."""


@dataclass(eq=False)
class RecipeInvalid(TaskError):
    """`place` is where in the recipe, as a person finds it: “choices › category”; empty: the whole."""

    detail: str
    place: str = ""

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"The recipe cannot be used{where}: {self.detail}"


@dataclass(eq=False)
class RecipeUnknown(TaskError):
    name: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"There is no recipe “{self.name}”. Known: {', '.join(self.known) or 'none'}."


@dataclass(eq=False)
class RunUnknown(TaskError):
    run_id: int

    def __str__(self) -> str:
        return f"There is no run {self.run_id}."


@dataclass(eq=False)
class NoInputs(TaskError):
    detail: str

    def __str__(self) -> str:
        return f"There is nothing to run this on: {self.detail}"


@dataclass(eq=False)
class InputUnreadable(TaskError):
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} could not be read: {self.reason}"


@dataclass(eq=False)
class ExportFailed(TaskError):
    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path} could not be written: {self.reason}"


@dataclass(eq=False)
class ColumnsDiffer(ExportFailed):
    reason: str = "It has other columns than these results. Choose another file, or move it away."

    __str__ = ExportFailed.__str__


class FrontierError(EngineError):
    """A provider was not asked, or did not answer."""


@dataclass(eq=False)
class AskingOff(FrontierError):
    detail: str

    def __str__(self) -> str:
        return self.detail


@dataclass(eq=False)
class Offline(FrontierError):
    """`sent`: the person went offline when the request had gone out; it may be answered, and billed."""

    host: str
    sent: bool = False

    def __str__(self) -> str:
        if self.sent:
            return f"Carrel went offline while {self.host} was asked"
        return f"Carrel is offline, so {self.host} was not asked"


@dataclass(eq=False)
class KeptHere(FrontierError):
    collection: str

    def __str__(self) -> str:
        return f"the collection “{self.collection}” may never leave this computer"


@dataclass(eq=False)
class NamesNotLookedFor(FrontierError):
    """Who sends all the same must say so first; `masking.finding.find_patterns` finds the rest."""

    reason: str

    def __str__(self) -> str:
        return f"names and addresses could not be looked for: {self.reason}"


@dataclass(eq=False)
class ProviderUnknown(FrontierError):
    provider: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        known = f"; there are: {', '.join(self.known)}" if self.known else ""
        return f"there is no provider “{self.provider}”{known}"


@dataclass(eq=False)
class ProviderInvalid(FrontierError):
    detail: str

    def __str__(self) -> str:
        return self.detail


@dataclass(eq=False)
class KeyMissing(FrontierError):
    """`authority` is host and port: a key is bound to it."""

    provider: str
    authority: str

    def __str__(self) -> str:
        return f"no key is kept for {self.provider} at {self.authority}"


@dataclass(eq=False)
class KeyringMissing(FrontierError):
    detail: str = ""

    def __str__(self) -> str:
        return "this system has no keyring in which a key may be kept"


@dataclass(eq=False)
class KeyringLocked(FrontierError):
    keyring: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.keyring} is locked, or refused"


@dataclass(eq=False)
class ProviderFailed(FrontierError):
    """`detail` is the provider's own sentence, shortened; never the key, never what was sent."""

    provider: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.provider} did not answer"


class KeyRefused(ProviderFailed):
    def __str__(self) -> str:
        return f"{self.provider} does not accept the key"


class CreditExhausted(ProviderFailed):
    def __str__(self) -> str:
        return f"there is no credit left at {self.provider}"


@dataclass(eq=False)
class RateLimited(ProviderFailed):
    retry_after_s: float | None = None

    def __str__(self) -> str:
        if self.retry_after_s is None:
            return f"{self.provider} asks to wait: too many questions in a short time"
        return f"{self.provider} asks to wait {self.retry_after_s:.0f} s: too many questions in a short time"


@dataclass(eq=False)
class ProviderBusy(ProviderFailed):
    """`retry_after_s` where the provider says it."""

    status: int = 0
    retry_after_s: float | None = None

    def __str__(self) -> str:
        return f"{self.provider} has trouble of its own (HTTP {self.status})"


@dataclass(eq=False)
class ProviderUnreachable(ProviderFailed):
    """`sent`: the request had gone out, so it may have been answered, and billed."""

    sent: bool = False

    def __str__(self) -> str:
        why = f": {self.detail}" if self.detail else ""
        return f"{self.provider} could not be reached{why}"


@dataclass(eq=False)
class RequestRefused(ProviderFailed):
    status: int = 0

    def __str__(self) -> str:
        why = f": {self.detail}" if self.detail else ""
        return f"{self.provider} refused the request (HTTP {self.status}){why}"


@dataclass(eq=False)
class QuestionTooLong(RequestRefused):
    """`tokens` and `context_tokens` are 0 where the provider does not say them."""

    tokens: int = 0
    context_tokens: int = 0

    def __str__(self) -> str:
        most = f": it reads {self.context_tokens:,} tokens, this has {self.tokens:,}" if self.tokens else ""
        return f"the question is too long for the model of {self.provider}{most}"


class ReplyRefused(ProviderFailed):
    def __str__(self) -> str:
        return f"{self.provider} declined to answer this"


class ReplyBroken(ProviderFailed):
    def __str__(self) -> str:
        return f"the reply of {self.provider} was cut off or not understood"


class BudgetError(FrontierError):
    """Money stops it, before anything is sent."""


@dataclass(eq=False)
class BudgetReached(BudgetError):
    """`limit` is “day”, “month” or “run”; amounts in micro-dollars; `words` has the person's money."""

    limit: str
    allowed: int
    spent: int
    needed: int
    words: str = ""

    def __str__(self) -> str:
        which = {"day": "today", "month": "this month", "run": "this run"}.get(self.limit, self.limit)
        return f"the budget for {which} would be passed{': ' + self.words if self.words else ''}"


@dataclass(eq=False)
class PriceUnknown(BudgetError):
    provider: str
    model: str

    def __str__(self) -> str:
        return f"the price of {self.model} at {self.provider} is not known, so nothing is sent automatically"


@dataclass(eq=False)
class PricesDamaged(BudgetError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"the table of prices {self.path} is damaged: {self.detail}"


class ProfileError(EngineError):
    """Something is wrong with carrel.db or tasks.db."""


@dataclass(eq=False)
class ProfileTooNew(ProfileError):
    path: str
    found: int
    known: int

    def __str__(self) -> str:
        return f"{self.path} has schema version {self.found}; this Carrel knows up to {self.known}."


@dataclass(eq=False)
class ProfileDamaged(ProfileError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} is damaged: {self.detail}"


@dataclass(eq=False)
class ProfileUnavailable(ProfileError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} cannot be used now: {self.detail}"
