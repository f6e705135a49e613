"""The way out as the application has it: offline until the person says otherwise, then one courier."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import time

from desktop.egress.door import Door
from desktop.egress.hosts import place
from desktop.egress.link import Call, Link
from desktop.egress.messages import Carry, Send
from desktop.errors import NoWayOut
from desktop.keys.secret import Secret
from desktop.network import Attempt, NetworkLog
from desktop.processes.codec import End
from engine.errors import Offline, ProviderUnreachable
from engine.frontier.values import Connecting, Provider, Proxy, ResponseEvent, WireRequest

POLL_S = 0.02


def never() -> bool:
    return False


class Egress:
    """Implements the `Carrier` of `engine.frontier.ports`. Thread-safe.

    `door` is None where the doorkeeper could not be started: then Carrel stays offline. `proxy` is asked
    when a courier is started.
    """

    def __init__(self, *, door: Door | None, network: NetworkLog, proxy: Callable[[], Proxy] = Proxy) -> None:
        self._door = door
        self._network = network
        self._proxy = proxy
        self._online = False
        self._links: list[Link] = []
        """The courier that takes requests last, before it those that finish what they have."""
        self._lock = threading.Lock()

    @property
    def online(self) -> bool:
        return self._online

    def set_online(self, online: bool) -> None:
        """Offline kills the courier: what is under way ends with Offline, at once.

        Raises:
            NoWayOut: this Carrel was started without a way out, or no process can be started.
        """
        if online:
            self._go_online()
        else:
            self._go_offline()

    def _go_online(self) -> None:
        if self._door is None:
            raise NoWayOut(_NO_DOOR)
        self._online = True
        try:
            self._ready()  # now, so that the first request need not wait for it
        except NoWayOut:
            self._online = False
            raise

    def _go_offline(self) -> None:
        with self._lock:
            self._online = False
            links, self._links = self._links, []
        for link in links:
            link.kill()

    def restart(self) -> None:
        """Take on another way out (proxy, certificates): what is under way goes on by the former."""
        with self._lock:
            for link in self._links:
                link.retire()

    def carry(
        self,
        provider: Provider,
        request: WireRequest,
        connecting: Connecting,
        *,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[ResponseEvent]:
        """
        Raises:
            Offline, KeyMissing, ProviderUnreachable
            ProviderInvalid: plain http to elsewhere than the local network.
            KeyringMissing, KeyringLocked: the key cannot be read.
        """
        link, call = self._begin(provider, request, connecting)
        try:
            yield from self._follow(link, call, cancelled)
        finally:
            link.end(call)

    def _begin(self, provider: Provider, request: WireRequest, connecting: Connecting) -> tuple[Link, Call]:
        send = Send(provider, request, connecting)
        for _ in range(2):
            try:
                link = self._ready()
            except NoWayOut as error:
                raise ProviderUnreachable(provider.name, str(error)) from error
            if link is None:
                break
            call = link.begin(send)
            if call is not None:
                return link, call
            # It has just died; another takes the request, which has not gone anywhere.
        if self._online:
            raise ProviderUnreachable(provider.name, "the process that sends ends as soon as it starts")
        self._network.add(_not_tried(send))
        raise Offline(place(request.url)[0] or provider.name)

    def _ready(self) -> Link | None:
        """The courier, started anew where it has died; None when the person has just gone offline."""
        with self._lock:
            if not self._online or self._door is None:
                return None
            self._links = [link for link in self._links if not link.over]
            if not self._links or self._links[-1].retired:
                self._links.append(self._started(self._door))
            return self._links[-1]

    def _started(self, door: Door) -> Link:
        try:
            return Link(door.carry(Carry(self._proxy())), self._network)
        except OSError as error:
            raise NoWayOut(error.strerror or str(error)) from error

    def _follow(self, link: Link, call: Call, cancelled: Callable[[], bool]) -> Iterator[ResponseEvent]:
        while not cancelled():
            try:
                outcome, size_bytes = call.outcomes.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if isinstance(outcome, Exception):
                raise outcome
            if isinstance(outcome, End):
                return
            link.taken(call, size_bytes)
            yield outcome

    # Keys of this session

    def hold_key(self, provider_id: str, authority: str, key: Secret) -> None:
        """Keep a key outside of the app until Carrel closes. `key` stays the caller's.

        Raises:
            NoWayOut
        """
        with self._out_of_the_door() as door, self._lock:
            door.hold_key(provider_id, authority, key)
            for link in self._links:
                link.hold_key(provider_id, authority, key)

    def drop_key(self, provider_id: str, authority: str) -> None:
        """Forget a key of this session. To be called as well when one in the keyring was changed or removed:
        what was read from there is remembered for a minute."""
        with suppress(NoWayOut), self._out_of_the_door() as door, self._lock:
            door.drop_key(provider_id, authority)
            for link in self._links:
                link.drop_key(provider_id, authority)

    def close(self) -> None:
        """The door stays: whoever opened it closes it."""
        self.set_online(False)

    @contextmanager
    def _out_of_the_door(self) -> Iterator[Door]:
        if self._door is None:
            raise NoWayOut(_NO_DOOR)
        try:
            yield self._door
        except OSError as error:
            raise NoWayOut(error.strerror or str(error)) from error


_NO_DOOR = "the process that would let requests out could not be started"


def _not_tried(send: Send) -> Attempt:
    """What was asked for while offline: listed as blocked."""
    host, port = place(send.request.url)
    return Attempt(
        when=time(),
        action="send",
        host=host,
        port=port,
        caller="desktop.egress.egress",
        purpose=send.connecting.purpose,
        allowed=False,
    )
