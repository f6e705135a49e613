"""The operating system's keyring: which one is there, and whether it is safe to keep a key in.

Only the systems' own back ends count. Others may be installed beside Carrel (`keyrings.alt` keeps keys
base64-encoded in a plain file) and are never used.
"""

from __future__ import annotations

_SAFE = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service (libsecret)",
    "keyring.backends.kwallet": "KDE Wallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}


def safe_keyring() -> str | None:
    """The name of this system's own keyring, or None when there is none that may hold a key."""
    import keyring.backend

    for backend in sorted(keyring.backend.get_all_keyring(), key=lambda one: -one.priority):
        name = _SAFE.get(type(backend).__module__)
        if name:
            return name
    return None


def describe_keyring() -> str:
    """One sentence on where a key would be kept."""
    name = safe_keyring()
    return f"{name} can keep keys" if name else "no keyring of the system's own; keys cannot be kept here"
