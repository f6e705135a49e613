"""A short session of the whole application, offline: nothing tries to get out. session.py runs long ones."""

import sys

import pytest

from tests.offline.session import WatchedSession, watched_session

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="needs strace"),
]


@pytest.fixture(scope="module")
def watched(weights: object) -> WatchedSession:
    return watched_session(seconds=1)  # one round through everything


@pytest.mark.timeout(320)
def test_a_session_tries_for_no_network(watched: WatchedSession) -> None:
    assert watched.attempts == ()
    assert watched.listed == []
    assert set(watched.report["done"]) >= {
        "questions answered",
        "drafts made and not sent",
        "runs of a task",
        "files noticed in a watched folder",
        "files that a task followed",
    }


@pytest.mark.timeout(320)
def test_what_tries_afterwards_is_blocked_and_seen_by_both_accounts(watched: WatchedSession) -> None:
    tries = {one["name"]: (one["blocked"], one["listed"]) for one in watched.report["tries"]}
    assert {"A socket", "A thread", "urllib", "DNS", "A child process", "Native code"} <= set(tries)
    assert set(tries.values()) == {(True, True)}
    assert watched.caught


@pytest.mark.timeout(320)
def test_what_the_person_sent_offline_is_listed_and_got_no_socket(watched: WatchedSession) -> None:
    pressed = [one for one in watched.report["listed"] if one not in watched.listed]
    assert len(pressed) == watched.report["done"]["drafts made and not sent"]
    assert not any(one["allowed"] for one in pressed)
