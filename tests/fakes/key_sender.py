"""Reads a key out of the keyring and sends it to its host, as the process that sends does.

python -m tests.fakes.key_sender PROVIDER URL
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import httpx

from desktop.keys.system_keyring import Keyring

if __name__ == "__main__":
    key = Keyring().read(sys.argv[1], urlsplit(sys.argv[2]).netloc)
    assert key is not None
    with key.view() as view, httpx.Client(trust_env=False) as client:
        client.get(sys.argv[2], headers={"Authorization": b"Bearer " + bytes(view)})
    key.wipe()
