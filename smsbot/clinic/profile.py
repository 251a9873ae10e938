"""What the clinic said about itself, and what follows: is it open, who deals with a text, by when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State

from smsbot.clinic.amended import AMENDABLE, AS_WRITTEN, Amendable, Amended, Closing
from smsbot.clinic.ladder import Ladder, LadderRule, next_wall_time
from smsbot.clinic.opening import HORIZON
from smsbot.domain import Intent, Office, Urgency

EVENING = time(21)  # from here until the time a rule names, what can wait waits for that time
_LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class GoLive:
    """What the clinic wrote down before the first patient, by its date. See `smsbot doctor`."""

    baa_signed: date | None = None  # the agreement with the provider
    medical_director_signed: date | None = None
    night_cover_declined: date | None = None  # nobody is reachable at night, and the clinic has decided so


@dataclass(frozen=True, slots=True)
class Drill:
    """When the weekly test alert begins: Monday is 0; wall time of the clinic."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the clinic has said about itself. Phone numbers are E.164; `examples` are keys not yet its own.

    What screens change (AMENDABLE, and a closing of the office) is asked of `living` at every reading, so
    that a change holds at once in whoever was handed this object long ago. See docs/hours.md.
    """

    name: str
    place: str
    text_line: str
    office_phone: str
    zone: ZoneInfo
    calendar: OpeningHours = field(repr=False, compare=False)
    hours: str
    holidays: str
    closed: tuple[date, ...]
    night_cover: bool
    languages: tuple[str, ...]
    replies: str  # "off" | "crisis" | "all"
    opt_out_replies: str  # "provider" | "ours"
    say_when_read: bool
    emergency_minutes: int
    urgent_minutes: int
    order: tuple[str, ...]  # teams, the most clinical first
    emergencies: str
    team_of: Mapping[Intent, str]
    ladder: Ladder
    forward_calls_at_night: bool = False
    say_topic: str = "appointments"  # "appointments" | "never"
    everybody_sees_everything: bool = True  # else the front desk sees its own cases, and tasks of others
    interpreter_line: str | None = None  # whom staff call for a language they do not read
    examples: tuple[str, ...] = ()
    go_live: GoLive = GoLive()
    drill: Drill | None = None
    living: Callable[[], Amended] = field(default=lambda: AS_WRITTEN, repr=False, compare=False)

    @property
    def closing(self) -> Closing | None:
        """The newest "closed until …", whether it is over or not."""
        return self.living().closing

    def local(self, now: datetime) -> datetime:
        """An aware moment as the clinic's wall clock shows it, aware. Raises ValueError for a naive one."""
        if now.tzinfo is None:
            raise ValueError("a naive datetime: give an aware one")
        return now.astimezone(self.zone)

    def office_at(self, now: datetime) -> Office:
        """The clinic's hours seen from `now` (aware). What lies more than 400 days away is not known."""
        now = self.local(now).astimezone(UTC)  # two times of one zone compare by wall clock alone
        start, end = next(self._openings(now), (None, None))
        if start is None or start > now:
            return Office(is_open=False, closes_at=None, opens_at=start)
        return Office(is_open=True, closes_at=end, opens_at=None)

    def closed_since(self, now: datetime) -> datetime | None:
        """When the office closed last, seen from `now` (aware); None when it is open or was not for weeks."""
        if self.office_at(now).is_open:
            return None
        wall, closing = self.local(now).replace(tzinfo=None), self.closing
        past = self.calendar.intervals(wall - _LOOK_BACK, wall)
        spans = (
            (start.replace(tzinfo=self.zone).astimezone(UTC), end.replace(tzinfo=self.zone).astimezone(UTC))
            for start, end, state, _ in past
            if state is State.OPEN
        )
        kept = [piece for span in spans for piece in (closing.out_of(*span) if closing else [span])]
        ends = [end for _, end in kept if end is not None and end <= now]
        return ends[-1] if ends else None

    def openings(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """When the office is open from `start` to `end` (aware), as pairs in its zone, less a closing."""
        for opening in self._openings(self.local(start).astimezone(UTC)):
            if opening[0] >= end:
                return
            yield opening

    def team_for(self, intents: Iterable[Intent], urgency: Urgency) -> str:
        """The team a text goes to: emergencies to theirs, else the most clinical one concerned."""
        if urgency is Urgency.EMERGENCY:
            return self.emergencies
        teams = {self.team_of[intent] for intent in intents} or {self.team_of[Intent.UNCLEAR]}
        return min(teams, key=self.order.index)

    def look_by(self, urgency: Urgency, now: datetime) -> datetime | None:
        """When a person must have looked (aware UTC), or None when nobody need.

        Routine: the end of the day of the next opening; hours that never begin anew (24/7) give a day.
        """
        if urgency is Urgency.NONE:
            return None
        if urgency is Urgency.ROUTINE:
            return self._end_of_next_working_day(now).astimezone(UTC)
        minutes = self.emergency_minutes if urgency is Urgency.EMERGENCY else self.urgent_minutes
        return now.astimezone(UTC) + timedelta(minutes=minutes)

    def ladder_begins(self, rule: LadderRule, alerted: datetime) -> datetime:
        """When an alert of `alerted` begins to climb by this rule (aware UTC): at once, or when day comes."""
        if rule.starts is None:
            return alerted.astimezone(UTC)
        if isinstance(rule.starts, time):
            is_day = rule.starts <= self.local(alerted).time() < EVENING
            begins = alerted if is_day else next_wall_time(self.local(alerted), rule.starts)
            return begins.astimezone(UTC)
        office = self.office_at(alerted)
        return (alerted if office.is_open else office.opens_at or alerted).astimezone(UTC)

    def _end_of_next_working_day(self, now: datetime) -> datetime:
        now = self.local(now).astimezone(UTC)
        day, last = None, now + timedelta(days=1)
        for start, end in self._openings(now):
            if start <= now:
                continue
            if day is not None and start.date() != day:
                break
            day, last = start.date(), end or last
        return last

    def _openings(self, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """Openings that end after `now`, in order, less a closing; an end beyond the horizon is None."""
        closing = self.closing
        for start, end in self._by_hours(now):
            if closing is None:
                yield start, end
                continue
            for piece_start, piece_end in closing.out_of(start, end):
                if piece_end is None or piece_end.astimezone(UTC) > now:
                    yield self.local(piece_start), None if piece_end is None else self.local(piece_end)

    def _by_hours(self, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """The same by the hours alone.

        Hours are read on the naive wall clock and put back into the zone here: the library, given aware
        times, takes the wrong one of the two 1:30s of an autumn night.
        """
        wall = self.local(now).replace(tzinfo=None)
        for start, end, state, _ in self.calendar.intervals(wall, wall + HORIZON):
            if state is State.OPEN:
                begins = now.astimezone(self.zone) if start <= wall else self._aware(start, now)
                yield begins, self._aware(end, now) if end < wall + HORIZON else None

    def _aware(self, wall: datetime, after: datetime) -> datetime:
        """A wall time to come. What happens twice is the first not past; what never happens, an hour on."""
        first = wall.replace(tzinfo=self.zone)
        chosen = first if first.astimezone(UTC) > after else first.replace(fold=1)
        return chosen.astimezone(UTC).astimezone(self.zone)


for _name in AMENDABLE:  # the slots behind these answer for the file, `living` for the screens
    setattr(Clinic, _name, Amendable(_name, getattr(Clinic, _name)))
