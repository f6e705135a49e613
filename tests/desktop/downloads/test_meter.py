import pytest

from desktop.downloads import meter
from desktop.downloads.meter import Meter
from engine.models.values import Downloading


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(meter.time, "monotonic", made.monotonic)
    return made


def told(measured: Meter, clock: Clock, *rates: float) -> Downloading:
    """A second at each rate, from zero; what is told last."""
    done = 0.0
    measured.begin(0)
    for rate in rates:
        clock.now += 1
        done += rate
        (last,) = measured.tell(int(done), phase="fetching")
    return last


def test_a_steady_speed_is_told_as_it_is(clock: Clock) -> None:
    last = told(Meter(100_000), clock, *[1000.0] * 10)
    assert last.bytes_per_second == pytest.approx(1000)
    assert last.seconds_left == pytest.approx(90)


def test_one_bad_second_changes_the_speed_by_less_than_a_third(clock: Clock) -> None:
    last = told(Meter(100_000), clock, *[1000.0] * 10, 0.0)
    assert last.bytes_per_second is not None
    assert 667 < last.bytes_per_second < 1000


def test_a_lasting_change_is_followed(clock: Clock) -> None:
    last = told(Meter(1_000_000), clock, *[1000.0] * 10, *[100.0] * 20)
    assert last.bytes_per_second == pytest.approx(100, rel=0.1)


def test_progress_is_told_a_few_times_a_second(clock: Clock) -> None:
    measured = Meter(1000)
    measured.begin(0)
    events = 0
    for step in range(100):
        clock.now += 0.01
        events += len(list(measured.tell(step, phase="fetching")))
    assert 4 <= events <= 6


def test_the_pause_before_a_connection_is_no_time_of_fetching(clock: Clock) -> None:
    measured = Meter(10_000)
    told(measured, clock, 1000.0, 1000.0)
    clock.now += 60
    measured.begin(2000)
    clock.now += 1
    (event,) = measured.tell(3000, phase="fetching")
    assert event.bytes_per_second == pytest.approx(1000)


def test_a_new_download_knows_no_speed_yet() -> None:
    event = Meter(1000).now(0, "connecting")
    assert (event.bytes_per_second, event.seconds_left) == (None, None)
