"""SIGKILL at any statement of accept, claim, send, mark: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence

import pytest

from tests.faults.parts import INJECT, NotLedThere
from tests.faults.points import Point, by_name, find, points_of
from tests.faults.scenes import ACCEPTING, DELIVERING, PLAIN, RECEIVING, Scene
from tests.faults.stage import Stage

pytestmark = pytest.mark.thorough  # `make check`; `make test` plays the races and the restarts

# Statements that no scene leads to, and why that is no gap.
UNREACHED = {
    # Two deliveries of one text, or two texts of one contact, between looking and writing: test_races.py.
    ("_take_in", "return first"),
    ("_take_in", "continue"),
    ("receive", "first = self._first_answer(inbound.provider_sid)"),
    ("receive", "if first is None:"),
    ("receive", "raise"),
    ("receive", "return first"),
    # A staff member's text is one transaction, as short; what it does: test_staff_texts.py.
    ("_of_staff", ""),
    # A text that no webhook brought: tests/integration/reconcile/ and the long storms.
    ("_reply", "return twiml.reply(words)"),
    ("_reply", "_send_at_once(dispatch"),
    ("_reply", "return twiml.NO_REPLY"),
    # A reply that was lost, nobody to alert, too many texts: test_ladder_reach.py and its neighbours.
    ("alert", "if reason != "),
    ("alert", "return self._widen"),
    ("alert", "climbing.reason ="),
    ("alert", "return self.climb(session, case, climbing)"),
    ("climb", 'audit.record(session, "nobody_to_alert'),
    ("climb", "log.error"),
    ("tell", "made = others"),
    # Redis is ill: test_redis.py.
    ("kick", "_failed_kicks"),
    ("kick", "return False"),
    ("kick", "self._closed_until"),
    ("kick", "log.warning"),
    # Cannot happen.
    ("lock_contact", "raise AssertionError"),
    ("_take_in", "raise AssertionError"),
    ("_call", "raise AssertionError"),
    ("_as_claim", "raise ValueError"),
    # A row or a database that is ill: nothing was sent, and the row stays or is put aside.
    ("deliver", "self._set_aside(dispatch_id, error)"),
    ("deliver", "raise"),
    ("_drain", "log.error"),
    # Something else is due at this very moment.
    ("_drain", "time.sleep"),
    ("_drain", "continue"),
    # Replies by REST: test_provider.py.
    ("_send", "self._refuse_unwanted"),
    # A process that slept: test_provider.py.
    ("_send", "log.warning"),
    ("_send", "return None"),
    # Two texts with the same words to the same phone, both doubtful at once.
    ("_mark_sent", "self._mark(claim, {"),
    ("_mark_sent", "return"),
    # Needs a second token, or a provider that is not there at all: nothing was sent.
    ("_call", "continue"),
    ("_call", "raise ProviderBusy"),
    # A receipt for a text that is none of ours.
    ("record_receipt", "return False"),
}

# A few for `make test`: before, within and after each transaction, before and after the provider is asked.
FEW_ACCEPTING = (
    find("_take_in", "contact = lock_contact"),
    find("write", "case, reason = self.cases.of"),
    find("_take_in", "with self.db.writing()", nth=2),
    find("_take_in", "self.kicker.kick"),
    find("_take_in", "return written.answer"),
)
FEW_DELIVERING = (
    ("worker", find("_claim", "with self._db.writing()")),
    ("sweep", find("_claim", "with self._db.writing()", nth=2)),
    ("worker", find("deliver", "if claim is None")),
    ("sweep", find("send", "sent = self._provider.send_text")),
    ("worker", find("send", "return Posted")),
    ("sweep", find("_mark_sent", "try:")),
    ("worker", find("_mark", "with self._db.writing()", nth=2)),
    ("sweep", find("_mark_sent", "log.info")),
)
FEW_RECEIVING = (
    find("record_receipt", "with db.writing()", nth=2),
    find("_move_forward", "dispatch.state = DispatchState.DELIVERED"),
)
ACCEPT = points_of("accept")
DELIVER = (*points_of("claim"), *points_of("send"), *points_of("mark"))
CYCLE = points_of("cycle")
RECEIVE = points_of("receipt")


@pytest.mark.parametrize("point", FEW_ACCEPTING, ids=by_name)
def test_a_text_outlives_the_death_of_web_while_accepting(stage: Stage, point: Point) -> None:
    stage.kill_while_accepting(point, PLAIN)


@pytest.mark.parametrize(("kind", "point"), FEW_DELIVERING, ids=by_name)
def test_an_alert_outlives_the_death_of_its_sender(stage: Stage, kind: str, point: Point) -> None:
    stage.kill_while_delivering(kind, point, DELIVERING[0])


@pytest.mark.parametrize("point", FEW_RECEIVING, ids=by_name)
def test_a_receipt_outlives_the_death_of_web(stage: Stage, point: Point) -> None:
    stage.kill_while_accepting(point, PLAIN)


@pytest.mark.long
@pytest.mark.parametrize("point", ACCEPT, ids=by_name)
def test_every_place_while_accepting(stage: Stage, point: Point) -> None:
    scenes = stage.scenes_for("web", point, ACCEPTING)
    if is_reached(point, scenes):
        play(scenes, lambda scene: stage.kill_while_accepting(point, scene))


@pytest.mark.long
@pytest.mark.parametrize("point", RECEIVE, ids=by_name)
def test_every_place_while_a_receipt_is_taken_in(stage: Stage, point: Point) -> None:
    scenes = stage.scenes_for("web", point, RECEIVING)
    if is_reached(point, scenes):
        play(scenes, lambda scene: stage.kill_while_accepting(point, scene))


@pytest.mark.long
@pytest.mark.parametrize("point", (*CYCLE, *DELIVER), ids=by_name)
def test_every_place_while_the_sweep_delivers(stage: Stage, point: Point) -> None:
    scenes = stage.scenes_for("sweep", point, DELIVERING)
    if is_reached(point, scenes):
        play(scenes, lambda scene: stage.kill_while_delivering("sweep", point, scene))


@pytest.mark.long
@pytest.mark.parametrize("point", DELIVER, ids=by_name)
def test_every_place_while_a_worker_delivers(stage: Stage, point: Point) -> None:
    scenes = stage.scenes_for("worker", point, DELIVERING)
    if scenes:
        play(scenes, lambda scene: stage.kill_while_delivering("worker", point, scene))
    else:
        # A worker makes a first attempt only; what comes after one is the sweep's.
        assert stage.scenes_for("sweep", point, DELIVERING) or is_unreached(point), point


def play(scenes: Sequence[Scene], kill: Callable[[Scene], None]) -> None:
    """The first scene that leads to the place this time, too. Raises NotLedThere if none does."""
    for scene in scenes[:-1]:
        with contextlib.suppress(NotLedThere):
            kill(scene)
            return
    kill(scenes[-1])


def test_the_list_of_unreached_places_is_no_longer_than_it_must_be() -> None:
    everything = (*ACCEPT, *DELIVER, *CYCLE, *RECEIVE)
    for function, text in UNREACHED:
        assert any(p.function == function and p.text.startswith(text) for p in everything), (function, text)


def test_the_traps_know_every_file_in_which_a_process_is_to_die() -> None:
    source = (INJECT / "sitecustomize.py").read_text()
    for points in (ACCEPT, DELIVER, CYCLE, RECEIVE, points_of("climb")):
        for file in {point.file for point in points}:
            assert any(file.endswith(known) for known in re.findall(r'"([\w/]+\.py)"', source)), file


def is_reached(point: Point, scenes: Sequence[Scene]) -> bool:
    """Whether a scene leads there; where none does, the list above must say why."""
    assert scenes or is_unreached(point), f"{point.name} {point.text!r}: mend the scenes or the list"
    return bool(scenes) and not is_by_chance(point)


def is_by_chance(point: Point) -> bool:
    """The later of two alike statements of `record_receipt`: a receipt of nothing that we know of.

    One may come in while scenes are recorded, and no scene brings another.
    """
    alike = [one for one in RECEIVE if (one.function, one.text) == ("record_receipt", "return False")]
    return point == alike[-1]


def is_unreached(point: Point) -> bool:
    """Whether the list says that no scene leads there."""
    return any(point.function == function and point.text.startswith(text) for function, text in UNREACHED)
