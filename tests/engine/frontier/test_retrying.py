from __future__ import annotations

import pytest

from engine.errors import (
    FrontierError,
    KeyRefused,
    Offline,
    ProviderBusy,
    ProviderUnreachable,
    RateLimited,
    ReplyBroken,
)
from engine.frontier.retrying import Patience, wait
from tests.own_time import own_time

PATIENCE = Patience(tries=6, first_pause_s=1.0, longest_pause_s=5.0, longest_asked_pause_s=30.0)


def test_pauses_double_up_to_the_longest_and_are_drawn_from_all_of_it() -> None:
    error = ProviderBusy("T", status=503)
    assert [PATIENCE.pause_s(error, tried, lambda: 1.0) for tried in range(1, 7)] == [1, 2, 4, 5, 5, None]
    assert PATIENCE.pause_s(error, 3, lambda: 0.0) == 0
    assert PATIENCE.pause_s(error, 3, lambda: 0.25) == 1.0


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (RateLimited("T"), True),
        (ProviderBusy("T", status=500), True),
        (ProviderBusy("T", status=529), True),
        (ProviderBusy("T", status=504), False),
        (ProviderBusy("T", status=408), False),
        (ProviderUnreachable("T", sent=False), True),
        (ProviderUnreachable("T", sent=True), False),
        (KeyRefused("T"), False),
        (ReplyBroken("T"), False),
        (Offline("T"), False),
    ],
)
def test_only_what_cannot_have_been_answered_is_asked_again(error: FrontierError, again: bool) -> None:
    assert (PATIENCE.pause_s(error, 1, lambda: 0.5) is not None) is again


def test_what_a_provider_asks_for_is_the_least_and_bounded() -> None:
    assert PATIENCE.pause_s(RateLimited("T", retry_after_s=30), 1, lambda: 0.5) == 30.5
    assert PATIENCE.pause_s(RateLimited("T", retry_after_s=31), 1, lambda: 0.5) is None
    assert PATIENCE.pause_s(ProviderBusy("T", status=503, retry_after_s=2), 1, lambda: 0.0) == 2


def test_waiting_ends_when_it_is_over_or_cancelled() -> None:
    assert wait(0.0, lambda: False) is True
    assert wait(5.0, lambda: True) is False
    stop_at = own_time() + 0.05
    assert wait(5.0, lambda: own_time() > stop_at) is False
    assert own_time() - stop_at < 0.25
