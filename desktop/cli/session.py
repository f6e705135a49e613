"""One command's hold on the application: built, used, closed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from desktop.application import Application
from desktop.compose import compose
from desktop.network import go_offline
from desktop.places import Profile


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Application]:
    """The application on the profile that the arguments name, with the network denied to this process."""
    network = go_offline()
    application = compose(Profile.chosen(arguments.profile), network=network)
    try:
        yield application
    finally:
        application.close()
