"""The ladder as the clinic states it: whom to tell, by which route, after how many minutes. Pure.

The first rule that fits an alert is its ladder. When its rungs are done, the last one comes again and again:
an alert ends when a person takes the case, and never by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from smsbot.domain import Flag, Urgency

ROUTES = ("sms", "call", "email", "push")
PLACES = ("on_call", "backup", "everyone", "fallback", "owner")  # beside teams and e-mail addresses
CONDITIONS = ("visit_soon", "runs_out", "plea")  # what a case may hold beside flags: triage/conditions.py
OWNER_ALONE = timedelta(minutes=3)  # how long the owner of a case has before others are told


@dataclass(frozen=True, slots=True)
class Rung:
    """At `after` from the start of the ladder, tell these people by these routes."""

    after: timedelta
    tell: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LadderRule:
    """Which alerts climb which rungs. Empty `teams` mean any; `when` is open, closed or any.

    `conditions` are sets of flags and conditions: one fits when the case holds all of it. A rule is for the
    alerts with one of its flags or one of its conditions; without any of either, for all.
    `starts` is the wall time from which on it climbs, "opening" for the next opening, None for at once.
    """

    name: str
    urgency: Urgency
    when: str
    flags: frozenset[Flag]
    teams: tuple[str, ...]
    starts: time | str | None
    rungs: tuple[Rung, ...]
    again: timedelta  # from the last rung on, after this time the last rung again
    conditions: tuple[frozenset[str], ...] = ()

    @property
    def is_for_all(self) -> bool:
        """Whether it is for every alert of its urgency and hours."""
        return not (self.flags or self.conditions or self.teams)

    def fits(
        self,
        urgency: Urgency,
        flags: Collection[Flag],
        team: str,
        *,
        is_open: bool,
        conditions: Collection[str] = (),
    ) -> bool:
        """Whether an alert of this urgency, about a case like this, climbs by this rule."""
        return (
            urgency is self.urgency
            and self.when in ("any", "open" if is_open else "closed")
            and (not self.teams or team in self.teams)
            and (not (self.flags or self.conditions) or self._is_meant(flags, conditions))
        )

    def _is_meant(self, flags: Collection[Flag], conditions: Collection[str]) -> bool:
        holds = {*flags, *conditions}  # a Flag is its value
        return not self.flags.isdisjoint(flags) or any(needed <= holds for needed in self.conditions)

    def due(self, step: int) -> timedelta:
        """How long after its start the step (0 is the first) is due."""
        if step < len(self.rungs):
            return self.rungs[step].after
        return self.rungs[-1].after + self.again * (step - len(self.rungs) + 1)

    def rung(self, step: int) -> Rung:
        """What is done at the step."""
        return self.rungs[min(step, len(self.rungs) - 1)]


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rules of a clinic in their order, and what holds for every one.

    `fallback` is the address of the person who is told when nobody else can be; None: everyone.
    Held: taken by a text or a call, until the case was opened. Lapses: taken, and nothing followed.
    """

    rules: tuple[LadderRule, ...]
    fallback: str | None
    hold: timedelta
    lapse: tuple[timedelta, timedelta]  # of an emergency; of anything less
    texts_an_hour: int  # to one staff phone, of what is no emergency

    def rule_for(
        self,
        urgency: Urgency,
        flags: Collection[Flag],
        team: str,
        *,
        is_open: bool,
        conditions: Collection[str] = (),
    ) -> LadderRule:
        """The ladder of an alert; where no rule fits, everyone is told again and again."""
        for rule in self.rules:
            if rule.fits(urgency, flags, team, is_open=is_open, conditions=conditions):
                return rule
        return LAST_RESORT

    def lapse_of(self, urgency: Urgency) -> timedelta:
        """How long a case may be taken without a reply, a note or a resolution."""
        return self.lapse[0] if urgency is Urgency.EMERGENCY else self.lapse[1]


LAST_RESORT = LadderRule(
    name="last resort",
    urgency=Urgency.EMERGENCY,
    when="any",
    flags=frozenset(),
    teams=(),
    starts=None,
    rungs=(Rung(timedelta(0), ("everyone",), ("sms", "call")),),
    again=timedelta(minutes=10),
)


def next_wall_time(local: datetime, at: time) -> datetime:
    """The next moment at which the wall clock of `local`'s zone shows `at`; `local` itself if it does.

    On the day on which that time does not exist, the moment the clock jumps over it.
    """
    for days in (0, 1, 2):
        wall = datetime.combine(local.date() + timedelta(days=days), at, tzinfo=local.tzinfo)
        for fold in (0, 1):  # an autumn night has some times twice
            moment = wall.replace(fold=fold)
            if moment.astimezone(UTC) >= local.astimezone(UTC):
                return moment
    raise AssertionError("unreachable: tomorrow's time lies ahead")
