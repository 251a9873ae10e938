"""Whom a step of the ladder tells, right now. There is always somebody, as long as the clinic has staff."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Duty, Staff
from smsbot.shifts import is_kept, on_duty


class Roster:
    """The staff as they are at one moment."""

    def __init__(self, session: Session, zone: ZoneInfo, now: datetime, fallback: str | None) -> None:
        """`fallback` is the address of the person who is told when nobody is on duty."""
        enabled = select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id)
        self.everyone = list(session.scalars(enabled))
        self._session, self._zone, self._now = session, zone, now
        self._fallback = fallback.casefold() if fallback else None

    def told(self, whom: Collection[str], owner_id: str | None, passed_by: Collection[str]) -> list[Staff]:
        """The people these words mean, each once; who passed the alert on only if nobody is left."""
        found = {person.id: person for word in whom for person in self._meant(word, owner_id)}
        others = [person for person in found.values() if person.id not in passed_by]
        if others:
            return others
        rest = [person for person in self.everyone if person.id not in passed_by]
        return rest if found and rest else list(found.values())

    def on_call(self) -> list[Staff]:
        """By the shifts; while none are kept, those added with --on-call; else the fallback, or everyone."""
        if is_kept(self._session, Duty.ON_CALL):
            return on_duty(self._session, self._zone, self._now, Duty.ON_CALL) or self.fallback()
        return [person for person in self.everyone if person.is_on_call] or self.fallback()

    def fallback(self) -> list[Staff]:
        """The person the clinic named for this, else everyone."""
        return [one for one in self.everyone if one.email.casefold() == self._fallback] or self.everyone

    def _meant(self, word: str, owner_id: str | None) -> list[Staff]:
        if word == "on_call":
            return self.on_call()
        if word == "backup":
            return on_duty(self._session, self._zone, self._now, Duty.BACKUP) or self.everyone
        if word == "fallback":
            return self.fallback()
        if word == "owner":
            return [one for one in self.everyone if one.id == owner_id] or self.on_call()
        if "@" in word:
            named = [one for one in self.everyone if one.email.casefold() == word.casefold()]
            return named or self.fallback()  # left the clinic, or mistyped
        return [one for one in self.everyone if word in ("everyone", one.role)] or self.everyone
