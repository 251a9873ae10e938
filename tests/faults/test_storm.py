"""kill -9 of web, workers, sweep and Redis at random, amid texts, steps and takings: 0 lost, 0 twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import ON_BOTH
from tests.faults.storm import Storm, storm_on
from tests.faults.storm_proof import Evidence, figures, still_climbing, summary, wrongs

SHORT, LONG = (0.4, 0.9), (0.4, 1.2)  # seconds between two kills
LONG_KILLS = 125
LOOKS = 10
RECEIPT_AND_BACK_OFF_SECONDS = 240.0


def prove(storm: Storm, *, is_complete: bool = False) -> None:
    """Everything owed has left once; then a day passes, and whoever waits is still pursued."""
    before = evidence(storm, is_complete)
    found = wrongs(before)
    storm.push_all()
    after = evidence(storm, is_complete)
    found += [one for one in wrongs(after) if one not in found] + still_climbing(before, after)
    print(f"\n{storm.title()}: {figures(after)}")  # noqa: T201  (the figures are what `-s` is for)
    assert not found, f"{storm.title()}: {figures(after)}: {summary(found)}\n{storm.parts.system.home.parent}"


def evidence(storm: Storm, is_complete: bool) -> Evidence:
    """What is to be judged: all of it must have left, so that what is owed this moment is waited for."""
    for _ in range(LOOKS):
        seen = Evidence(storm, is_complete)
        if not seen.is_too_early:
            break
        time.sleep(2)
    return seen


def weather_the_short_form(folder: Path, seed: int, kills: int, **settings: str) -> None:
    """A storm after which a minute passes at once."""
    with storm_on(folder, seed, SHORT, **settings) as storm:
        storm.rage(kills)
        storm.end_waiting()
        storm.settle()
        prove(storm)


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_a_short_storm_loses_nothing(tmp_path: Path) -> None:
    weather_the_short_form(tmp_path / "storm", seed=1, kills=18)


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_a_short_storm_on_postgres_loses_nothing(tmp_path: Path, postgres: Callable[[], str]) -> None:
    weather_the_short_form(tmp_path / "storm", seed=2, kills=18, DATABASE_URL=postgres())


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("database", ON_BOTH)
def test_a_long_storm_loses_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, database: str, seed: int
) -> None:
    """Leases end by themselves, and texts whose webhook failed are found on the provider's list."""
    settings = {} if database == "sqlite" else {"DATABASE_URL": request.getfixturevalue("postgres")()}
    with storm_on(tmp_path / "storm", seed, LONG, **settings) as storm:
        storm.rage(LONG_KILLS)
        storm.settle(RECEIPT_AND_BACK_OFF_SECONDS)
        storm.take_in_missed()
        prove(storm, is_complete=True)
