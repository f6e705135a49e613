"""Turns any error into what a person reads: a title, what happened, what they can do, details to copy."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from desktop import errors as desktop_errors
from engine import errors as engine_errors
from rag import errors as rag_errors


@dataclass(frozen=True, slots=True)
class Explanation:
    """`what` and `advice` are sentences. `details` are for “Copy details”: no document text, no keys."""

    title: str
    what: str
    advice: str
    details: str


Words = tuple[str, str]
"""Title and advice of a kind of error; what happened is the error's own sentence."""

_KNOWN: dict[type[BaseException], Words] = {
    rag_errors.DocumentUnreadable: (
        "This file could not be read",
        "Open it in its own program to see whether it is intact.",
    ),
    rag_errors.UnsupportedFormat: (
        "This kind of file is not supported yet",
        "Save it as PDF, DOCX or text and add that.",
    ),
    rag_errors.DocumentProtected: ("This file is protected", "Save a copy without a password and add that."),
    rag_errors.DocumentTooLarge: ("This file is too large", "Split it, and add the parts."),
    rag_errors.DocumentEmpty: (
        "There is no text in this file",
        "If it is a scan, run it through text recognition first.",
    ),
    rag_errors.DocumentVanished: ("This file is no longer there", "Add it again from where it is now."),
    rag_errors.LibraryTooNew: (
        "Your library comes from a newer Carrel",
        "Install the newer version; nothing has been changed.",
    ),
    rag_errors.LibraryDamaged: (
        "Your library is damaged",
        "Your documents are untouched. Move library.db away and add them again.",
    ),
    rag_errors.LibraryFull: (
        "The disk is full",
        "Make some room, then go on: files that were not read yet are still waiting.",
    ),
    rag_errors.LibraryUnavailable: (
        "Your library could not be used",
        "Check that its folder can be read and written, then try again.",
    ),
    rag_errors.CollectionUnknown: ("There is no such collection", "See the Documents page for their names."),
    rag_errors.EmbedderMissing: ("A part of Carrel is missing", "Run the set-up again: python3 run.py"),
    rag_errors.VectorIndexBroken: (
        "The search index is being rebuilt",
        "Answers go on meanwhile; there is nothing to do.",
    ),
    engine_errors.ModelMissing: ("The model is not there", "Run the set-up again, or choose another model."),
    engine_errors.ModelDamaged: (
        "The model file is damaged",
        "Fetch or import it again, or choose another model.",
    ),
    engine_errors.ModelUnsupported: ("This model cannot be loaded", "Choose another model."),
    engine_errors.ModelUnknown: ("There is no such model", "See the Models page for those installed."),
    engine_errors.NoChatTemplate: ("This model does not hold conversations", "Choose an “instruct” model."),
    engine_errors.NotEnoughMemory: (
        "There is not enough memory",
        "Close other programs, or choose a smaller model.",
    ),
    engine_errors.AdapterUnfit: ("This adapter cannot be used", "Use it with the model it was made for."),
    engine_errors.ModelFileError: ("The model file could not be handled", "Try again."),
    engine_errors.NotEnoughSpace: ("The disk is too full", "Make some room, then try again."),
    engine_errors.ModelUnwritable: (
        "The model could not be written",
        "Check the free space and that Carrel's folder can be written, then try again.",
    ),
    engine_errors.ModelChanged: (
        "The file was still being written",
        "Wait until it is complete, then add it again.",
    ),
    engine_errors.ModelDelivered: ("This model stays", "Only models that you added can be removed."),
    engine_errors.DownloadFailed: (
        "The model could not be fetched",
        "Try again; what has come so far is kept.",
    ),
    engine_errors.DownloadDamaged: (
        "The download was refused",
        "Nothing of it was kept. Try again later, or fetch the model yourself and import it.",
    ),
    engine_errors.DownloadRunning: (
        "This download is running",
        "Wait for it, or stop it first.",
    ),
    engine_errors.CatalogueDamaged: (
        "The list of models could not be read",
        "Run the set-up again. Models that are installed go on working.",
    ),
    engine_errors.ConversionFailed: (
        "The model could not be converted",
        "It goes on working as it is.",
    ),
    engine_errors.ModelBusy: ("The model is busy", "Wait for what is running, or stop it."),
    engine_errors.SchemaUnsupported: (
        "This schema cannot be promised",
        "Remove the keyword, or say it in the instructions.",
    ),
    engine_errors.LabelsUnfit: ("These labels do not work", "Make them short, and each different."),
    engine_errors.OutputInvalid: (
        "The reply did not fit the schema",
        "Try again, simplify the schema, or use a larger model.",
    ),
    engine_errors.TaskError: ("The task could not be done", "Look at its recipe and its inputs."),
    engine_errors.RecipeInvalid: ("The recipe is not complete", "Change it where it says, then try again."),
    engine_errors.RecipeUnknown: ("There is no such recipe", "See carrel tasks list for those there are."),
    engine_errors.RunUnknown: ("There is no such run", "It may have been deleted. See the list of runs."),
    engine_errors.NoInputs: ("There is nothing to do", "Choose other files, or another column."),
    engine_errors.InputUnreadable: ("An input could not be read", "The others go on; you can retry it."),
    engine_errors.ExportFailed: ("The file could not be written", "Choose another name or folder."),
    engine_errors.FrontierError: ("The provider did not answer", "The answer from this computer stands."),
    engine_errors.Offline: ("Carrel is offline", "Go online first: the lock at the bottom of the window."),
    engine_errors.KeptHere: ("This may not leave your computer", "See Settings, Cloud, to change that."),
    engine_errors.NamesNotLookedFor: (
        "Names and addresses were not looked for",
        "Look through what would be sent before you send it, or try again.",
    ),
    engine_errors.AskingOff: ("Nobody may be asked", "Settings, under Cloud, can change that."),
    engine_errors.ProviderUnknown: ("There is no such provider", "See Settings, Cloud, for those there are."),
    engine_errors.ProviderInvalid: ("This provider cannot be used", "Correct its address or its name."),
    engine_errors.KeyMissing: ("There is no key for this", "Add your key in Settings, Cloud."),
    engine_errors.KeyringMissing: (
        "There is nowhere safe to keep a key",
        "Use the key for this session only: it is gone when Carrel closes.",
    ),
    engine_errors.KeyringLocked: (
        "The keyring did not open",
        "Unlock your system's keyring, then try again.",
    ),
    engine_errors.KeyRefused: (
        "The key was not accepted",
        "It may be mistyped, expired or for another account. Paste it again, or make a new one.",
    ),
    engine_errors.CreditExhausted: ("There is no credit left", "Top up your account at the provider."),
    engine_errors.RateLimited: ("Too many questions at once", "Wait a little, then try again."),
    engine_errors.ProviderBusy: ("The provider has trouble", "Try again later, or ask another one."),
    engine_errors.ProviderUnreachable: (
        "The provider could not be reached",
        "Check your connection and the provider's address, then try again.",
    ),
    engine_errors.RequestRefused: (
        "The provider refused the question",
        "Choose another model, or shorten what is sent.",
    ),
    engine_errors.QuestionTooLong: (
        "The question is too long for this model",
        "Send fewer passages, or choose a model that reads more.",
    ),
    engine_errors.ReplyRefused: ("The provider declined", "Ask in other words, or another provider."),
    engine_errors.ReplyBroken: ("The answer did not arrive whole", "Try again; what came so far is kept."),
    engine_errors.BudgetReached: (
        "Your budget stops here",
        "Nothing was sent. Raise the limit in Usage, or go on when it begins anew.",
    ),
    engine_errors.PriceUnknown: ("The price is not known", "Enter it in Usage, or ask by hand each time."),
    engine_errors.PricesDamaged: (
        "The table of prices is damaged",
        "Install Carrel again, or enter the prices in Usage.",
    ),
    engine_errors.PromptTooLong: (
        "That is too long for this model",
        "Shorten the question, or begin a new chat.",
    ),
    engine_errors.ProfileTooNew: (
        "Your chats come from a newer Carrel",
        "Install the newer version; nothing has been changed.",
    ),
    engine_errors.ProfileDamaged: (
        "Your chats could not be opened",
        "Move carrel.db away and restore a backup.",
    ),
    engine_errors.ProfileUnavailable: (
        "Your chats could not be used",
        "Check the free space and that Carrel's folder can be written, then try again.",
    ),
    desktop_errors.WorkerLost: (
        "A part of Carrel stopped",
        "It has been started again. Please try once more.",
    ),
    desktop_errors.ProfileInUse: (
        "Carrel is already open",
        "Use the window that is open, or another profile.",
    ),
    desktop_errors.ProfileUnwritable: (
        "Carrel cannot write to its folder",
        "Check the folder's permissions and the free space.",
    ),
    desktop_errors.NoWayOut: (
        "Carrel cannot go online",
        "Close other programs and start Carrel again. Everything on this computer goes on working.",
    ),
    desktop_errors.UsageError: ("That command was not understood", "See carrel --help."),
    desktop_errors.Cancelled: ("Stopped", "Nothing was lost."),
}

_BUG: Words = ("Something went wrong in Carrel", "Please try once more. “Copy details” helps us mend it.")


def explain(error: BaseException) -> Explanation:
    """Words for an error; the nearest known class answers, anything else is a bug and says so."""
    known = next((kind for kind in type(error).__mro__ if kind in _KNOWN), None)
    if known is None:
        return Explanation(_BUG[0], "An unexpected error stopped this action.", _BUG[1], _traceback(error))
    title, advice = _KNOWN[known]
    details = getattr(error, "detail", "")
    return Explanation(title, str(error), advice, f"{type(error).__name__}: {error}\n{details}".strip())


def is_expected(error: BaseException) -> bool:
    """Whether the error has a class of its own, so that one sentence is enough."""
    return any(kind in _KNOWN for kind in type(error).__mro__)


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
