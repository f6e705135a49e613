"""`carrel keys …`: keys of providers, in the system's keyring. A key is never an argument: those are seen by
everybody on the computer, and remembered by shells."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from desktop.cli.output import show_json
from desktop.cli.session import online, opened_cloud
from desktop.errors import UsageError
from desktop.keys.secret import LONGEST, Secret
from desktop.window.ports import Cloud, KeyPlace, ProviderRow
from engine.errors import ProviderUnknown

_PLACES: dict[KeyPlace, str] = {"keyring": "kept", "session": "for this session", "": "no key"}
_BLANK = b" \t\r\n"


def run_list(arguments: argparse.Namespace) -> int:
    with opened_cloud(arguments) as cloud:
        cloud.look_for_keys()
        rows, keyring = cloud.providers(), cloud.keyring()
    if arguments.json:
        show_json({"keyring": keyring, "providers": [_facts(row) for row in rows]})
        return 0
    for row in rows:
        print(f"{row.provider.id:14} {_state(row):16} {row.provider.name}, {row.provider.authority}")
    if not keyring:
        print("This system has no keyring in which a key may be kept.", file=sys.stderr)
    return 0


def _facts(row: ProviderRow) -> dict[str, Any]:
    provider = row.provider
    return {
        "id": provider.id,
        "name": provider.name,
        "host": provider.authority,
        "key": row.key or None,
        "needs_key": provider.needs_key,
        "used": row.used,
    }


def _state(row: ProviderRow) -> str:
    return "needs none" if not row.key and not row.provider.needs_key else _PLACES[row.key]


def run_set(arguments: argparse.Namespace) -> int:
    with opened_cloud(arguments) as cloud:
        row = _named(cloud, arguments.provider)
        key = _key_from_input(row.provider.name)
        try:
            cloud.set_key(row.provider.id, key)
        finally:
            key.wipe()
        cloud.look_for_keys()
        keyring = cloud.keyring()
    if arguments.json:
        show_json({"provider": row.provider.id, "host": row.provider.authority, "kept": keyring})
    else:
        print(f"The key for {row.provider.name} is kept in {keyring}, for {row.provider.authority} alone.")
    return 0


def run_test(arguments: argparse.Namespace) -> int:
    """The one call that proves the key; for its length this Carrel is online."""
    with opened_cloud(arguments) as cloud:
        row = _named(cloud, arguments.provider)
        with online(cloud):
            found = next(iter(cloud.test_key(row.provider.id)))
    if arguments.json:
        facts = {"models": list(found.models), "seconds": round(found.seconds, 3)}
        show_json({"provider": row.provider.id, "works": True} | facts)
    else:
        print(f"The key for {row.provider.name} works: {len(found.models)} models, {found.seconds:.1f} s.")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    with opened_cloud(arguments) as cloud:
        cloud.look_for_keys()
        row = _named(cloud, arguments.provider)
        cloud.remove_key(row.provider.id)
    if arguments.json:
        show_json({"provider": row.provider.id, "removed": bool(row.key)})
    else:
        print(f"The key for {row.provider.name} is removed." if row.key else "There was no key to remove.")
    return 0


def _named(cloud: Cloud, provider_id: str) -> ProviderRow:
    rows = cloud.providers()
    for row in rows:
        if row.provider.id == provider_id:
            return row
    raise ProviderUnknown(provider_id, tuple(row.provider.id for row in rows))


def _key_from_input(name: str) -> Secret:
    """From standard input: hidden where it is a terminal."""
    if sys.stdin.isatty():
        data = bytearray(getpass.getpass(f"Key for {name}: "), "utf-8")
    else:
        data = _read_input()
    return _checked(data)


def _read_input() -> bytearray:
    """Up to the end of the input, straight into bytes that can be wiped."""
    room = bytearray(LONGEST + 64)
    done = 0
    with memoryview(room) as view, open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:
        while done < len(room):
            with view[done:] as rest:
                read = source.readinto(rest)
            if not read:
                break
            done += read
    del room[done:]
    return room


def _checked(data: bytearray) -> Secret:
    """Without the blanks around it. Raises UsageError; its words do not hold what was given."""
    while data and data[-1] in _BLANK:
        data[-1] = 0
        del data[-1]
    while data and data[0] in _BLANK:
        del data[0]
    wrong = not 0 < len(data) <= LONGEST or any(not 0x21 <= byte <= 0x7E for byte in data)
    if wrong:
        empty, length = not data, len(data)
        Secret(data).wipe()
        if empty:
            raise UsageError("Give the key on standard input.")
        if length > LONGEST:
            raise UsageError(f"That is longer than a key: at most {LONGEST:,} characters.")
        raise UsageError("That is not a key: it holds blanks, or signs that no key has.")
    return Secret(data)
