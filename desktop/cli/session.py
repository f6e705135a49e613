"""One command's hold on the application: built, used, closed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from desktop import places
from desktop.application import Application
from desktop.compose import compose
from desktop.egress.door import open_door
from desktop.network import go_offline
from desktop.places import Profile
from desktop.window.ports import Cloud


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Application]:
    """The application on the profile that the arguments name, with the network denied to this process."""
    door = open_door(places.catalogue())  # before that: it hears of what tries to get out, and lets out
    network = go_offline(door)
    application = compose(Profile.chosen(arguments.profile), network=network, door=door)
    try:
        yield application
    finally:
        application.close()


@contextmanager
def opened_cloud(arguments: argparse.Namespace) -> Iterator[Cloud]:
    """What can leave this computer, on the profile that the arguments name."""
    with opened(arguments) as application:
        cloud: Cloud = application.cloud
        yield cloud


@contextmanager
def online(cloud: Cloud) -> Iterator[None]:
    """Online for as long as one command asks somebody."""
    cloud.set_online(True)
    try:
        yield
    finally:
        cloud.set_online(False)
