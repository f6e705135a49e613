"""`carrel network`: every attempt to reach a network, of this start and of earlier ones.

The profile is not opened, so that a running Carrel is no obstacle.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.cli.output import show_json
from desktop.egress.kept_log import KeptLog
from desktop.egress.report import line, row, write_report
from desktop.network import go_offline
from desktop.places import Profile


def run_network(arguments: argparse.Namespace) -> int:
    go_offline()
    attempts = KeptLog(Profile.chosen(arguments.profile).network).entries()
    allowed = sum(attempt.allowed for attempt in attempts)
    if arguments.report:
        write_report(attempts, Path(arguments.report))
    if arguments.json:
        rows = [row(attempt) for attempt in attempts]
        show_json({"allowed": allowed, "blocked": len(attempts) - allowed, "attempts": rows})
    elif arguments.report:
        print(f"{len(attempts):,} attempts are written to {arguments.report}.")
    else:
        for attempt in attempts:
            print(line(attempt))
        print(f"{allowed:,} allowed, {len(attempts) - allowed:,} blocked.")
    return 0
