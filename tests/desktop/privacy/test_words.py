from dataclasses import replace

from desktop.network import Attempt, Counts, count
from desktop.privacy import words
from desktop.processes.sandbox import Confinement

SENT = Attempt(
    1_795_356_120.0, "connect", "api.example.com", 443, "", "Question", True, "courier", 6_214, 480
)
LOOKED_UP = replace(SENT, action="look up", bytes_out=0, bytes_in=0)
BLOCKED = Attempt(1_795_356_000.0, "connect", "10.0.0.7", 8080, "posthog.request:182", "", False)


def test_a_look_up_before_a_connection_is_not_another_connection() -> None:
    assert count([LOOKED_UP, SENT, BLOCKED]) == Counts(1, 1, 6_214, 480)


def test_what_the_courier_sent_is_a_connection() -> None:
    assert count([replace(SENT, action="send")]) == Counts(1, 0, 6_214, 480)


def test_the_newest_comes_first_and_the_filter_keeps_what_it_says() -> None:
    attempts = [SENT, BLOCKED, replace(SENT, host="later.example")]
    assert [one.host for one in words.which(attempts, "all")] == [
        "later.example",
        "10.0.0.7",
        "api.example.com",
    ]
    assert [one.allowed for one in words.which(attempts, "out")] == [True, True]
    assert words.which(attempts, "blocked") == [BLOCKED]


def test_who_tried_stands_in_for_what_for() -> None:
    assert words.reason(SENT) == "Question"
    assert words.reason(BLOCKED) == "Tried to connect  ·  posthog.request:182"
    assert words.reason(replace(LOOKED_UP, purpose="", caller="mod:1")) == "Asked for the address  ·  mod:1"


def test_only_an_unusual_port_is_said() -> None:
    assert words.place(SENT) == "api.example.com"
    assert words.place(BLOCKED) == "10.0.0.7:8080"
    assert words.place(replace(BLOCKED, host="", port=None)) == "Another computer"


def test_a_host_cannot_write_over_the_list() -> None:
    assert "\n" not in words.place(replace(SENT, host="a\nb\u202e.example"))
    assert "\u202e" not in words.place(replace(SENT, host="a\u202eb"))


def test_what_crossed_is_said_in_units() -> None:
    assert words.moved(SENT) == "6 kB out  ·  480 bytes in"
    assert words.moved(BLOCKED) == ""
    assert words.crossed(Counts(1, 0, 12_428, 4_960)) == "12 kB sent, 5 kB received"
    assert words.crossed(Counts()) == "Nothing was sent"


def test_a_system_without_a_wall_is_not_praised() -> None:
    assert "The system itself" in words.explanation(False, Confinement(network_blocked=True))
    weaker = words.explanation(False, Confinement(reason="not Linux"))
    assert "Carrel's own word" in weaker and "not Linux" in weaker
    assert "Only what you send" in words.explanation(True, Confinement(network_blocked=True))
