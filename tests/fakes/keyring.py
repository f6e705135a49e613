"""A keyring in memory, which can be missing, locked or slow to answer."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.keys.secret import Secret
from engine.errors import FrontierError


class FakeKeyring:
    """`failure`, where there is one, is what every method raises. `asked` says what was done, in order."""

    def __init__(self, failure: FrontierError | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []
        self.keys: dict[tuple[str, str], bytes] = {}

    def name(self) -> str:
        self._note("name")
        return "Secret Service"

    def look(self, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        self._note("look")
        return {account for account in accounts if account in self.keys}

    def has(self, provider_id: str, authority: str) -> bool:
        return bool(self.look([(provider_id, authority)]))

    def read(self, provider_id: str, authority: str) -> Secret | None:
        self._note("read")
        kept = self.keys.get((provider_id, authority))
        return Secret(bytearray(kept)) if kept is not None else None

    def write(self, provider_id: str, authority: str, secret: Secret) -> None:
        self._note("write")
        with secret.view() as view:
            self.keys[provider_id, authority] = bytes(view)

    def remove(self, provider_id: str, authority: str) -> None:
        self._note("remove")
        self.keys.pop((provider_id, authority), None)

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
