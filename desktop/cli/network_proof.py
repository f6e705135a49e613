"""`carrel doctor --network`: tries to get out in every way there is, and says what became of each.

What is tried is a server of this process's own, on this computer, opened before the network is given up. The
profile is not opened, so that a running Carrel is no obstacle; its log of attempts gets those of this proof
as well.
"""

from __future__ import annotations

import argparse
import socket
from contextlib import suppress
from dataclasses import asdict

from desktop import places
from desktop.cli.output import show_json
from desktop.egress.door import open_door
from desktop.egress.kept_log import KeptLog
from desktop.egress.proving import Proof, prove
from desktop.network import NetworkLog, go_offline
from desktop.places import Profile


def run_proof(arguments: argparse.Namespace) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        door = open_door(places.catalogue())
        network = go_offline(door)
        try:
            _keep(network, Profile.chosen(arguments.profile))
            proofs = list(prove(network, server.getsockname()[1]))
        finally:
            if door is not None:
                door.close()
    ok = all(proof.ok is not False for proof in proofs)
    if arguments.json:
        show_json({"ok": ok, "checks": [asdict(proof) for proof in proofs]})
    else:
        _print(proofs, network)
    return 0 if ok else 1


def _keep(network: NetworkLog, profile: Profile) -> None:
    with suppress(OSError):  # a profile that cannot be written is not what is asked about
        profile.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        KeptLog(profile.network).follow(network)


def _print(proofs: list[Proof], network: NetworkLog) -> None:
    marks = {True: "ok  ", False: "FAIL", None: "    "}
    for proof in proofs:
        print(f"{marks[proof.ok]}  {proof.name:16} {proof.detail}")
    print(f"      {network.confinement.words}.".replace("the system", "The system", 1))
