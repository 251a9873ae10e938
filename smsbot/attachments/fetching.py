"""Fetches attachments that wait: a loop beside the sweep. Any number of them at once are safe."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.attachments.file_types import kept_type
from smsbot.attachments.removing import remove_old
from smsbot.attachments.rows import count_of, note_further
from smsbot.db import Database
from smsbot.models import Attachment, AttachmentState, Message
from smsbot.models.base import vault
from smsbot.twilio.client import ProviderError
from smsbot.twilio.media import Fetched, MediaClient, MediaGone, MediaTooLarge, StrangeAddress

# A week in which a fault of ours can still be mended from the provider's copy; it is not a second archive.
REMOVE_AFTER = timedelta(days=7)
# What we could not take is there alone: longer, for somebody to look at it in the provider's console.
REMOVE_REFUSED_AFTER = timedelta(days=30)

EVERY_SECONDS = 3.0
_REMOVE_EVERY_SECONDS = 600.0
_LEASE = timedelta(minutes=2)  # longer than a list and a fetch may take
_MOST_AT_ONCE = 20
# Between tries: nearly eight hours for what the provider says it does not have.
_WAITS = (10, 30, 120, 600, 1800, 3600, 7200, 14400)
# While the provider cannot be reached at all: every four hours, for a week.
_MOST_ATTEMPTS = len(_WAITS) + 40

_GONE = "No longer at the provider. Ask for it to be sent again."
_TOO_LARGE = "Larger than 20 MB. Ask for a smaller one."
_STRANGE = "The provider sent us to an unknown address. Tell the operator."
_NEVER_CAME = "Could not be fetched for days. Ask for it to be sent again."

_NAMED = re.compile(r"/Media/(ME[0-9a-f]{32})$")

log = structlog.get_logger()


class _ProviderAway(Exception):
    """It answers nothing of use now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One attachment that this process fetches now. `attempts` tells this try from any later one."""

    id: str
    message_id: str
    message_sid: str
    position: int
    attempts: int
    announced: int  # how many attachments the text has, as far as we know
    named: tuple[str | None, ...] = field(repr=False)  # by position: the id in the webhook's MediaUrl


@dataclass
class Fetching:
    """Made by the wiring."""

    db: Database
    client: MediaClient
    remove_after: timedelta = REMOVE_AFTER
    _removal_at: float = -_REMOVE_EVERY_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Fetch what is due every few seconds, and remove what is old, until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            try:
                self.go()
                if time.monotonic() - self._removal_at >= _REMOVE_EVERY_SECONDS:
                    self._removal_at = time.monotonic()
                    remove_old(self.db, self.client)
            except Exception as error:  # whatever it was, patients go on sending pictures
                log.error("fetching_failed", error=type(error).__name__)

    def go(self) -> int:
        """Fetch what is due; how many came. Stops when the provider is away: the next round tries again."""
        kept = 0
        for attachment_id in self._due_ids():
            try:
                kept += self._take(attachment_id)
            except _ProviderAway:
                break
            except Exception as error:  # one that cannot even be read must not stand before all others
                log.error("attachment_raised", attachment_id=attachment_id, error=type(error).__name__)
        return kept

    def _take(self, attachment_id: str) -> bool:
        """Fetch one and write down what became of it; whether it came."""
        claim = self._claim(attachment_id)
        if claim is None:
            return False
        try:
            fetched = self._fetch(claim)
        except MediaTooLarge:
            self._refuse(claim, _TOO_LARGE)
        except StrangeAddress:
            self._refuse(claim, _STRANGE)
        except MediaGone as error:
            self._try_later(claim, error.code, len(_WAITS), _GONE)
        except ProviderError as error:
            self._try_later(claim, error.code, _MOST_ATTEMPTS, _NEVER_CAME)
            raise _ProviderAway from None
        else:
            return self._keep(claim, fetched)
        return False

    def _due_ids(self) -> list[str]:
        query = (
            select(Attachment.id)
            .where(Attachment.state == AttachmentState.WAITING, Attachment.due_at <= clock.now())
            .order_by(Attachment.due_at, Attachment.message_id, Attachment.position)
            .limit(_MOST_AT_ONCE)
        )
        with self.db.reading() as session:
            return list(session.scalars(query))

    def _claim(self, attachment_id: str) -> Claim | None:
        """Take it, unless another took it. A process that dies leaves it WAITING, due when the lease ends."""
        now = clock.now()
        with self.db.writing() as session:
            taken = session.execute(
                update(Attachment)
                .where(
                    Attachment.id == attachment_id,
                    Attachment.state == AttachmentState.WAITING,
                    Attachment.due_at <= now,
                )
                .values(attempts=Attachment.attempts + 1, due_at=now + _LEASE)
                .returning(Attachment.message_id, Attachment.position, Attachment.attempts)
                .execution_options(synchronize_session=False)
            ).first()
            if taken is None:
                return None
            message = session.get_one(Message, taken.message_id)
            announced = count_of(session, message.id)
            form: dict[str, str] = json.loads(message.form or "{}")
        return Claim(
            id=attachment_id,
            message_id=message.id,
            message_sid=message.provider_sid or "",
            position=taken.position,
            attempts=taken.attempts,
            announced=announced,
            named=tuple(_named(form.get(f"MediaUrl{index}", "")) for index in range(announced)),
        )

    def _fetch(self, claim: Claim) -> Fetched:
        """Raises MediaGone while the provider's list does not hold all that was announced."""
        sids = self.client.list_sids(claim.message_sid)
        if len(sids) > claim.announced:
            with self.db.writing() as session:
                note_further(session, claim.message_id, len(sids))
        sid = choose(claim.position, sids, claim.named, is_last=claim.attempts >= len(_WAITS))
        if sid is None:
            raise MediaGone("not_listed")
        return self.client.fetch(claim.message_sid, sid)

    def _keep(self, claim: Claim, fetched: Fetched) -> bool:
        # sealed before the transaction: a large one takes a while
        words = base64.b64encode(fetched.data).decode()
        sealed = vault().seal(Attachment.__tablename__, claim.id, "content", words)
        now = clock.now()
        with self.db.writing() as session:
            return self._write(
                session,
                claim,
                state=AttachmentState.KEPT,
                content_sealed=sealed,
                content_type=kept_type(fetched.content_type, fetched.data),
                size=len(fetched.data),
                fetched_at=now,
                due_at=now + self.remove_after,
            )

    def _try_later(self, claim: Claim, code: str, most: int, problem: str) -> None:
        log.warning("attachment_not_fetched", attachment_id=claim.id, attempts=claim.attempts, code=code)
        if claim.attempts > most:
            self._refuse(claim, problem)
            return
        wait = timedelta(seconds=_WAITS[min(claim.attempts, len(_WAITS)) - 1])
        with self.db.writing() as session:
            self._write(session, claim, due_at=clock.now() + wait)

    def _refuse(self, claim: Claim, problem: str) -> None:
        with self.db.writing() as session:
            removal_at = clock.now() + REMOVE_REFUSED_AFTER
            values = {"state": AttachmentState.REFUSED, "problem": problem, "due_at": removal_at}
            if self._write(session, claim, **values):
                case_id = session.get_one(Message, claim.message_id).case_id
                audit.record(session, "attachment_refused", case_id=case_id, attachment_id=claim.id)

    def _write(self, session: Session, claim: Claim, **values: Any) -> bool:
        """Write down what this try came to; False when a later try has begun meanwhile."""
        mine = update(Attachment).where(
            Attachment.id == claim.id,
            Attachment.state == AttachmentState.WAITING,
            Attachment.attempts == claim.attempts,
        )
        written = mine.values(**values).returning(Attachment.id).execution_options(synchronize_session=False)
        return session.execute(written).first() is not None


def choose(position: int, sids: Sequence[str], named: Sequence[str | None], *, is_last: bool) -> str | None:
    """Which of the listed ids is the attachment at this position; None while that cannot be said.

    The webhook's own address names it, and is believed if the provider lists the id. A text that no webhook
    brought has no such names: its ids are taken in an order that stays the same, once all are listed.
    """
    known = [name if name in sids else None for name in named]
    if position < len(known) and (name := known[position]) is not None:
        return name
    if len(sids) < len(known) and not is_last:
        return None
    rest = sorted(set(sids).difference(name for name in known if name))
    place = sum(name is None for name in known[:position])
    return rest[place] if place < len(rest) else None


def _named(url: str) -> str | None:
    found = _NAMED.search(url)
    return found[1] if found else None
