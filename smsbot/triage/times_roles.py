"""What each named time is to the patient: wished, excluded, the place a visit is moved from, or merely told.

A text falls into clauses; within one, cues such as "not", "instead of", "doesn't work", "move ... to" decide.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from smsbot.triage.times_items import Item
from smsbot.triage.times_marks import COMMA, STOP


class Role(StrEnum):
    """What a time is in the sentence."""

    WISH = "wish"
    EXCLUDE = "exclude"
    SOURCE = "source"  # where a visit stands now
    TOLD = "told"  # a story, a habit, a past day
    CONFLICT = "conflict"  # something else happens then


@dataclass(slots=True)
class Clause:
    """Items between two borders. `border` is the item that opens it; `roles` runs along `items`."""

    border: Item | None
    items: list[Item]
    is_question: bool = False
    roles: list[Role | None] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        """Whether any cue in it can mean one of `kinds`."""
        return any(item.has(*kinds) for item in self.items)

    @property
    def times(self) -> list[int]:
        """Places of its days and times."""
        return [at for at, item in enumerate(self.items) if item.is_time]


def assign_roles(items: list[Item]) -> list[Clause]:
    """The clauses of a text, with a role for each day and time."""
    clauses = _clauses(items)
    moving = False
    is_move = any(clause.has("move", "shift") for clause in clauses)
    for at, clause in enumerate(clauses):
        before = clauses[at - 1] if at else None
        if clause.border is not None and clause.border.has(STOP):
            moving = False
        moving = _Reader(clause, before, moving=moving, is_move=is_move).read()
    return clauses


def _clauses(items: list[Item]) -> list[Clause]:
    clauses = [Clause(None, [])]
    for at, item in enumerate(items):
        current = clauses[-1]
        if item.is_time:
            current.items.append(item)
        elif item.has(STOP, COMMA) or (
            item.has("but", "because", "so") and not _is_except(item, current, items, at)
        ):
            if item.text == "no" or item.has("except"):
                current.items.append(item)
            else:
                current.is_question = "?" in item.text
                clauses.append(Clause(item, []))
        elif item.has("ask") and current.times and not item.has("works", "not", "cannot"):
            clauses.append(Clause(item, [item]))
        else:
            current.items.append(item)
    return clauses


def _is_except(item: Item, clause: Clause, items: list[Item], at: int) -> bool:
    """The "but" of "any afternoon but Tuesday"."""
    follows = at + 1 < len(items) and items[at + 1].day is not None
    verdict = at + 2 < len(items) and items[at + 2].has("bad", "cannot")
    return item.has("but") and follows and not verdict and clause.has("any", "weekday_any")


@dataclass(slots=True)
class _Reader:
    clause: Clause
    before: Clause | None
    moving: bool
    is_move: bool  # the text moves a visit somewhere
    role: Role = Role.WISH
    is_passing: bool = False  # the exclusion holds for the next days alone
    places: list[int] = field(default_factory=list)  # of days and times

    def read(self) -> bool:
        """Gives every item of the clause a role; returns whether a visit is still being moved."""
        self.places = self.clause.times
        self.role = self._first_role()
        self._hear_reason()
        items = self.clause.items
        for at, item in enumerate(items):
            if item.is_time:
                is_target = item.has("to") and (self._times_behind(at) or self.role is Role.SOURCE)
                if self.moving and (is_target or self._is_second_hour(at)):
                    self._turn_to_target(self._times_behind(at))
                self.clause.roles.append(self._role_at(at))
                continue
            self.clause.roles.append(None)
            self._hear(at, item)
        self._settle_whole()
        return self.moving

    def _first_role(self) -> Role:
        border = self.clause.border
        if border is None:
            return Role.WISH
        if border.has("because"):
            return Role.CONFLICT
        if border.has(COMMA) and self._continues_exception():
            return Role.EXCLUDE
        return Role.WISH

    def _hear_reason(self) -> None:
        """What stands before "so can we do Wednesday" is why."""
        border, before = self.clause.border, self.before
        if border is None or before is None or not border.has("so") or not self.clause.times:
            return
        if not before.has("ask", "works", "free", "move"):
            for place in before.times:  # "i get off at 4 so ..." keeps its time
                if before.roles[place] is Role.WISH and before.items[place].day is not None:
                    before.roles[place] = Role.CONFLICT

    def _continues_exception(self) -> bool:
        """any day but mon, wed or fri"""
        before = self.before
        if before is None or not before.times or before.roles[before.times[-1]] is not Role.EXCLUDE:
            return False
        only_days = all(item.is_time or item.has("or", "and", "glue") for item in self.clause.items)
        first = self.clause.items[0].day if self.clause.items else None
        is_of_days = before.items[before.times[-1]].day is not None  # "anything but mornings, next tuesday"
        opens_with_day = first is not None and not first.is_week and is_of_days
        return only_days and opens_with_day and before.has("except", "but")

    def _role_at(self, at: int) -> Role:
        item = self.clause.items[at]
        if item.day is not None and (
            item.day.is_gone or (item.day.is_until and not self.clause.has("ask", "any", "free"))
        ):
            return Role.TOLD  # the car is in the shop until Friday
        if self.is_passing and item.day is not None and at > 1 and self._is_base(at):
            self.role, self.is_passing = Role.WISH, False
        if (
            self.role is not Role.WISH
            and item.day is not None
            and item.day.is_week
            and self._is_base_week(at)
        ):
            return Role.WISH
        role = self.role
        if role is Role.WISH and self._is_owned(at) and not self.clause.has("confirm"):
            return Role.SOURCE
        return role

    def _is_base(self, at: int) -> bool:
        """The Thursday of "anything but mornings on Thursday"."""
        items = self.clause.items
        return items[at - 1].text in ("on", "el", "of") and items[at - 2].span is not None

    def _is_base_week(self, at: int) -> bool:
        """The week of "anything but Thursday next week" and of "wed instead of tues next week"."""
        place = at - 2 if at > 1 and self.clause.items[at - 1].span is not None else at - 1
        before = self.clause.items[place] if at else None
        is_weekday = before is not None and before.day is not None and before.day.is_bare
        return is_weekday and any(
            item.has("except", "any", "instead", "than") for item in self.clause.items[:at]
        )

    def _is_owned(self, at: int) -> bool:
        """my thursday, mi cita del martes, todays 2pm: where the visit stands now"""
        items = self.clause.items
        if items[at].text in ("todays", "tomorrows", "tmrws"):
            return True
        place = at - 1
        if place >= 0 and items[place].is_time and not (items[at].has("to") or self._is_second_hour(at)):
            return self.clause.roles[place] is Role.SOURCE
        passed_visit = False
        while place >= 0 and at - place <= 4 and (items[place].has("visit", "glue", "of", "mine", "the")):
            if items[place].has("mine") and (passed_visit or place == at - 1):
                return True
            passed_visit = passed_visit or items[place].has("visit")
            place -= 1
        return False

    def _hear(self, at: int, item: Item) -> None:
        """One cue changes the role of what follows, or of what stood before it."""
        ahead = self._time_ahead(at)
        behind = self._times_behind(at)
        if item.has("instead"):
            self.role = Role.SOURCE
        elif item.text == "sino" and self.is_passing:
            self.role, self.is_passing = Role.WISH, False  # no el 22 sino el 23
        elif item.has("move") and not self._means_coming_by(at, item):
            self.moving = True
            self._hear_what_moves(at)
            self.role = Role.SOURCE if ahead is not None and not self._is_target(at) else self.role
        elif item.has("leaves") and behind:
            self._mark(behind, Role.SOURCE)
        elif (
            item.has("becomes")
            and behind
            and ahead is not None
            and self._is_near(at, ahead)
            or (
                self.moving
                and item.has("to")
                and ahead is not None
                and self._is_near(at, ahead)
                and (behind or self.role is Role.SOURCE or self._is_target(at - 1))
            )
        ):
            self._turn_to_target(behind)
        elif item.has("for_a_day") and self._stands_between_days(at):
            self._mark([at - 1], Role.SOURCE)
        elif (
            item.has("than")
            and behind
            and ahead is not None
            and self._is_near(at, ahead)
            and self._compares(at)
        ):
            self.role = Role.SOURCE
        elif item.has("bad") and behind:
            self._mark(behind, Role.EXCLUDE)
        elif item.has("bad") and ahead is not None and self._is_near(at, ahead):
            self.role, self.is_passing = Role.EXCLUDE, True  # no me sirve el martes
        elif item.has("cannot") or (item.has("bad") and not behind and ahead is None):
            self._hear_cannot(at, ahead, behind)
        elif item.has("not", "except") or (item.has("but") and ahead == at + 1):
            self._hear_not(at, item, ahead, behind)
        elif item.has("works", "ask", "free") and self.role in (Role.EXCLUDE, Role.CONFLICT):
            self.role = Role.WISH
        elif self.moving and item.has("from") and ahead is not None:
            self.role = Role.SOURCE
        elif (
            item.has("before", "after") and not item.has("at", "from", "to", "through") and ahead is not None
        ):
            self.role = Role.TOLD  # before my trip on the 22nd
        elif item.has("word") and self.is_passing and at and self.clause.items[at - 1].is_time:
            self.role, self.is_passing = Role.WISH, False

    def _hear_what_moves(self, at: int) -> None:
        """The visit of the 6th, can we move it to the 11th: the visit stands in the clause before."""
        before = self.before
        if before is None or before.has("ask", "works", "free", "any", "not", "cannot"):
            return
        if before.has("visit") or self._is_target(at):
            for place in before.times:
                if before.roles[place] is Role.WISH:
                    before.roles[place] = Role.SOURCE

    def _is_second_hour(self, at: int) -> bool:
        """cambiar de las 9 a las 11"""
        first, second = self.clause.items[at - 1] if at else None, self.clause.items[at]
        from_hour = first is not None and first.span is not None and first.text in ("de las", "de la", "de")
        return from_hour and second.text in ("a las", "a la")

    def _means_coming_by(self, at: int, item: Item) -> bool:
        """puedo pasar hoy a las 4?"""
        moves_something = self.clause.has("visit", "mine") or self._is_target(at)
        return item.has("passing_by") and not moves_something

    def _turn_to_target(self, behind: list[int]) -> None:
        self._mark(behind, Role.SOURCE)
        self.role = Role.WISH

    def _compares(self, at: int) -> bool:
        """mejor el miércoles que el jueves"""
        return any(item.has("better") for item in self.clause.items[:at])

    def _is_target(self, at: int) -> bool:
        """reschedule to Friday, move me to the 9th, reschedule for tues or wed"""
        items = self.clause.items
        for place in range(at + 1, min(at + 6, len(items))):
            if items[place].is_time:
                return False
            if items[place].has("to") and not items[place].has("of") and place + 1 < len(items):
                return items[place + 1].is_time
        return False

    def _hear_cannot(self, at: int, ahead: int | None, behind: list[int]) -> None:
        if ahead is not None and ahead - at <= 6:
            self.role = Role.EXCLUDE
            span = self.clause.items[ahead].span
            if behind and span is not None and span.form == "clock":
                self._mark(behind, Role.EXCLUDE)  # hoy no llego a las 11
        elif behind:
            self._mark(behind, Role.EXCLUDE)
        elif self.before is not None and self._ends_clause(at):
            places = self.before.times
            wishless = (Role.CONFLICT, Role.SOURCE, Role.TOLD, Role.WISH)
            for place in places:
                if self.before.roles[place] in wishless and not self.before.has("ask"):
                    self.before.roles[place] = Role.EXCLUDE

    def _ends_clause(self, at: int) -> bool:
        return all(not item.has("word") for item in self.clause.items[at + 1 :])

    def _stands_between_days(self, at: int) -> bool:
        """The "pou" of "mete demen pou vandredi"."""
        items = self.clause.items
        return 0 < at < len(items) - 1 and items[at - 1].day is not None and items[at + 1].day is not None

    def _hear_not(self, at: int, item: Item, ahead: int | None, behind: list[int]) -> None:
        if item.text == "pa" and ahead == at + 1 and not self.clause.items[ahead].has("creole"):
            return  # Spanish "pa mañana" is "para mañana"
        if ahead is not None and self._is_near(at, ahead):
            self.role, self.is_passing = Role.EXCLUDE, True
        elif behind and item.has("not") and behind[-1] == at - 1 and at == len(self.clause.items) - 1:
            self._mark(behind, Role.EXCLUDE)

    def _is_near(self, at: int, ahead: int) -> bool:
        return ahead - at <= 5 and all(
            item.has("glue", "at", "the", "of", "any", "or") for item in self.clause.items[at + 1 : ahead]
        )

    def _time_ahead(self, at: int) -> int | None:
        index = bisect_right(self.places, at)
        return self.places[index] if index < len(self.places) else None

    def _times_behind(self, at: int) -> list[int]:
        return self.places[: bisect_left(self.places, at)]

    def _mark(self, places: list[int], role: Role) -> None:
        for place in places:
            if self.clause.roles[place] is not Role.TOLD:
                self.clause.roles[place] = role

    def _settle_whole(self) -> None:
        """A clause that tells of the past, a habit or another engagement wishes nothing."""
        clause = self.clause
        if clause.has("free", "ask", "move", "instead", "confirm") or (
            clause.has("works") and not clause.has("past")
        ):
            return
        if clause.has("past", "habit", "question") or self._tells_a_story():
            self._lower(Role.TOLD)
        elif clause.has("feast") or (clause.has("own") and not clause.is_question):
            self._lower(Role.CONFLICT)
        elif clause.has("stands") and self.is_move and not clause.is_question:
            self._lower(Role.SOURCE)  # can i move it a day later? its tues at 9

    def _tells_a_story(self) -> bool:
        """Many words of no use here, and nothing that asks."""
        plain = sum(item.has("word") for item in self.clause.items)
        return (
            plain >= self._story_words()
            and not self.clause.is_question
            and not self.clause.has("any", "visit", "cannot", "bad", "not", "except")
        )

    def _story_words(self) -> int:
        times = [self.clause.items[at] for at in self.clause.times]
        if all(item.has("only_today") for item in times):
            return 2  # days of this week are wished for by name; "today" is more often told of
        return 6 if any(item.span is not None for item in times) else 4

    def _lower(self, role: Role) -> None:
        for place in self.clause.times:
            if self.clause.roles[place] in (Role.WISH, Role.SOURCE):
                self.clause.roles[place] = role
