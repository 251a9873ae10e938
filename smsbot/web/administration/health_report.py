"""How the system is, on the screen: what must work, what waits, what failed, what the doctor says."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.doctor.examine import GROUPS, Group
from smsbot.doctor.go_live import TITLE as GO_LIVE
from smsbot.doctor.line import Line, State, bad, ok, warn
from smsbot.escalation.delivery import REMEDIES
from smsbot.home import redis_url
from smsbot.kick import QUEUES, connect, our_queue
from smsbot.models import Beat, Dispatch, DispatchState
from smsbot.sweep import oldest_due_age
from smsbot.wiring import Wiring

_SECONDS = 3.0  # for what asks nobody outside
_SECONDS_OUTSIDE = 10.0
# It reads the whole file, which takes seconds with years of texts: on the button.
_SLOW = frozenset({"Database"})
_CALLS = {"busy": "the line was busy", "no-answer": "nobody picked up", "voicemail": "a voicemail answered"}
_CALLS |= {"no-key": "picked up, but no key was pressed"}
_PURPOSES = {"reply": "to patients", "alert": "alerts to staff", "notice": "notices to staff"}


@dataclass(frozen=True, slots=True)
class Examined:
    """A group of the doctor's lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Texts or calls that did not arrive in the last day, for one reason."""

    what: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class HealthPage:
    """Everything of the screen. `queues` is None when Redis does not answer."""

    vital: tuple[Line, ...]
    go_live: tuple[Line, ...]
    groups: tuple[Examined, ...]
    failures: tuple[Failure, ...]
    swept_at: datetime | None
    oldest_due: timedelta | None
    waiting: int
    under_way: int
    queues: dict[str, int] | None
    has_asked_outside: bool
    read_at: datetime

    @property
    def wrong(self) -> int:
        """How many lines need somebody now; the gate, which is for before the first patient, aside."""
        lines = [*self.vital, *(line for group in self.groups for line in group.lines)]
        return sum(line.state is State.BAD for line in lines)

    @property
    def settled(self) -> int:
        """How many lines of the gate are well."""
        return sum(line.state is State.OK for line in self.go_live)


def read_health(parts: Wiring, condition: dict[str, bool], *, asks_outside: bool) -> HealthPage:
    """Look at everything; takes a few seconds at most. `condition` is what /readyz knows."""
    groups = [group for group in GROUPS if asks_outside or not (group.asks_outside or group.title in _SLOW)]
    found = examine_within(parts, groups, _SECONDS_OUTSIDE if asks_outside else _SECONDS)
    now = clock.now()
    with parts.db.reading() as session:
        waiting = _count(session, DispatchState.PENDING, Dispatch.due_at <= now)
        under_way = _count(session, DispatchState.SENDING) + _count(session, DispatchState.UNKNOWN)
        failures = tuple(_failures(session, now - timedelta(days=1)))
        swept_at = session.scalar(select(Beat.at).where(Beat.part == "sweep"))
    return HealthPage(
        vital=tuple(_vital(condition)),
        go_live=next((group.lines for group in found if group.title == GO_LIVE), ()),
        groups=tuple(group for group in found if group.title != GO_LIVE),
        failures=failures,
        swept_at=swept_at,
        oldest_due=oldest_due_age(parts.db),
        waiting=waiting,
        under_way=under_way,
        queues=_queues(parts),
        has_asked_outside=asks_outside,
        read_at=now,
    )


def examine_within(parts: Wiring, groups: Iterable[Group], seconds: float) -> list[Examined]:
    """Run these checks side by side; one that takes longer is said to, and nobody waits for it."""
    groups = list(groups)
    pool = ThreadPoolExecutor(max_workers=len(groups))
    running = [(group, pool.submit(_checked, group, parts)) for group in groups]
    wait([future for _, future in running], timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    late = warn(f"No answer within {seconds:.0f} seconds.", "Try again, or run smsbot doctor.")
    return [
        Examined(group.title, tuple(future.result()) if future.done() and not future.cancelled() else (late,))
        for group, future in running
    ]


def _checked(group: Group, parts: Wiring) -> list[Line]:
    try:
        return group.check(parts)
    except Exception as error:
        # Its words may hold a number. Better one check less than no page.
        return [warn(f"This could not be checked ({type(error).__name__}).", "Run smsbot doctor.")]


def _vital(condition: dict[str, bool]) -> Iterable[Line]:
    """In the words of whoever reads the inbox. Redis is the doctor's to judge: nothing is lost without it."""
    said = {
        "database": (ok("Texts can be kept."), bad("Texts cannot be kept.", "Call the operator now.")),
        "sweep": (
            ok("Alerts climb: the part that sends them is running."),
            bad(
                "Alerts may not leave.", "Call the operator, and read the inbox yourself until this is gone."
            ),
        ),
        "staff": (
            ok("Somebody can be alerted."),
            bad("Nobody can be alerted.", "Add staff, or enable some."),
        ),
        "on_time": (
            ok("What had to leave has left."),
            bad("Something is over a minute late.", "Call the operator, and read the inbox yourself."),
        ),
    }
    return [well if condition.get(name) else ill for name, (well, ill) in said.items()]


def _count(session: Session, state: DispatchState, *more: object) -> int:
    query = select(func.count()).select_from(Dispatch).where(Dispatch.state == state, *more)  # type: ignore[arg-type]
    return session.scalar(query) or 0


def _failures(session: Session, since: datetime) -> Iterable[Failure]:
    query = (
        select(Dispatch.purpose, Dispatch.route, Dispatch.error, func.count())
        .where(Dispatch.state == DispatchState.FAILED, Dispatch.created_at > since)
        .group_by(Dispatch.purpose, Dispatch.route, Dispatch.error)
        .order_by(func.count().desc())
    )
    for purpose, route, error, count in session.execute(query):
        how = {"call": "Calls", "email": "E-mails", "push": "Push messages"}.get(route, "Texts")
        yield Failure(f"{how}, {_PURPOSES.get(purpose, purpose)}", _reason(error), count)


def _reason(error: str | None) -> str:
    known = {**REMEDIES, **_CALLS}
    if error in known:
        return f"{known[error][:1].upper()}{known[error][1:]}" + (f" ({error})" if error.isdigit() else "")
    return f"The provider's code {error}" if (error or "").isdigit() else (error or "No reason given")


def _queues(parts: Wiring) -> dict[str, int] | None:
    connection = connect(redis_url(parts.settings))
    try:
        return {name: our_queue(name, connection).count for name in QUEUES}
    except (RedisError, OSError):
        return None
    finally:
        connection.close()
