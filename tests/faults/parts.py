"""The parts of one system, each started by itself, so that one of them can be killed at a chosen place."""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select, update

from smsbot import clock
from smsbot.config import Settings
from smsbot.db import Database
from smsbot.home import socket_path
from smsbot.models import Alert, AlertState, Case, CaseState, Contact, Dispatch, DispatchState, Message
from smsbot.running.embedded_redis import server_command
from smsbot.running.run import provider_command
from tests.conftest import make_settings, prepare
from tests.system import NURSE, TEXT_LINE, System, eventually, system_on

INJECT = Path(__file__).parent / "inject"
SETTLED = (DispatchState.DELIVERED, DispatchState.FAILED, DispatchState.CANCELLED)
_phones = itertools.count()


def new_phone() -> str:
    """An invented number nobody has texted from yet in this process."""
    area, line = divmod(next(_phones), 100)
    return f"+1{220 + area % 700}55501{line:02d}"


class NotLedThere(AssertionError):
    """What was played led nobody to the place where a process was to die."""


class Trap:
    """An order to a kind of process to kill, stop or hold itself at a line. See inject/sitecustomize.py."""

    def __init__(self, note: Path) -> None:
        self.note = note
        self._held = note.with_name(note.name + ".held")
        self.seen = note.with_name(note.name + ".seen")

    def environ(self, source: Path, *, records: bool = False) -> dict[str, str]:
        """What a process needs to walk into it; with `records` it only says which lines it ran."""
        name, path = ("TRAP_SEEN", self.seen) if records else ("TRAP_NOTE", self.note)
        return {"PYTHONPATH": f"{INJECT}:{source}", name: str(path)}

    def arm(self, action: str, where: str) -> None:
        """From now on the next one to come by is caught."""
        written = self.note.with_name(self.note.name + ".new")
        written.write_text(f"{action} {where}")
        written.rename(self.note)

    def disarm(self) -> None:
        """Nobody is caught any more; who is held goes on."""
        self._held.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    @property
    def has_struck(self) -> bool:
        """Whether somebody was caught."""
        return not self.note.exists()

    def await_strike(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Wait until somebody was caught, or this process has ended. Raises NotLedThere after 20 s."""
        try:
            eventually(lambda: self.has_struck or (process is not None and process.poll() is not None))
        except AssertionError:
            raise NotLedThere("nobody came by the place where a process was to die") from None

    @property
    def is_holding(self) -> bool:
        """Whether somebody is held."""
        return self._held.exists()


class Parts:
    """One home whose processes are started one by one, and what its database says."""

    def __init__(self, system: System, settings: Settings) -> None:
        self.system = system
        self.settings = settings
        self.db = Database(settings.database_url)
        traps = system.home.parent
        self.traps = {kind: Trap(traps / f"trap-{kind}") for kind in ("web", "worker", "sweep")}

    # Processes

    def provider(self) -> subprocess.Popen[bytes]:
        """The stand-in provider; its state and ledger are its own."""
        token = self.system.account["auth_token"]
        command = provider_command(self.settings, TEXT_LINE)[1:]
        process = self.system.start(*command, TWILIO_AUTH_TOKEN=token)
        eventually(lambda: _answers(self.system.provider.faults))
        self.system.provider.change_settings(status_delay=0.1)
        return process

    def redis(self) -> subprocess.Popen[bytes]:
        """A Redis-protocol server where the home expects its own."""
        process = self.start_redis()
        eventually(lambda: socket_path(self.system.home).exists())
        return process

    def start_redis(self) -> subprocess.Popen[bytes]:
        """The same, which answers in a moment."""
        process = subprocess.Popen(
            server_command(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.system.processes.append(process)
        return process

    def web(self, workers: int = 2, **trap: bool) -> subprocess.Popen[bytes]:
        """The web server, taking texts."""
        process = self.start_web(workers, **trap)
        self.await_web()
        return process

    def start_web(self, workers: int = 2, **trap: bool) -> subprocess.Popen[bytes]:
        """The web server, which takes texts in a while."""
        return self.system.start(
            *("-m", "gunicorn", "smsbot.web:create_app()", "--bind", f"127.0.0.1:{self.system.port}"),
            *("--worker-class", "gthread", "--workers", str(workers), "--threads", "12"),
            *("--graceful-timeout", "2", "--log-level", "error"),
            **self._trap("web", **trap),
        )

    def await_web(self, seconds: float = 60.0) -> None:
        """Wait until the web server answers."""
        eventually(lambda: _answers(lambda: requests.get(f"{self.system.url}/healthz", timeout=5)), seconds)

    def worker(self, queue: str = "emergencies", **trap: bool) -> subprocess.Popen[bytes]:
        """One worker."""
        return self.system.start(
            "-m", "smsbot.running.worker", "--queue", queue, **self._trap("worker", **trap)
        )

    def sweep(self, **trap: bool) -> subprocess.Popen[bytes]:
        """The sweep."""
        return self.system.start("-m", "smsbot", "sweep", **self._trap("sweep", **trap))

    def _trap(self, kind: str, *, trapped: bool = False, records: bool = False) -> dict[str, str]:
        if not trapped and not records:
            return {}
        return self.traps[kind].environ(self.system.source, records=records)

    def kill_by(self, trap: Trap, process: subprocess.Popen[bytes]) -> None:
        """Wait until the process has walked into the trap and is dead. Raises NotLedThere."""
        trap.await_strike(process)
        assert process.wait(timeout=10) == -signal.SIGKILL, self.system.log()

    # What the database says

    def message_of(self, sid: str) -> Message:
        """The one message kept for this text."""
        with self.db.reading() as session:
            kept = list(session.scalars(select(Message).where(Message.provider_sid == sid)))
        assert len(kept) == 1, f"kept {len(kept)} times"
        return kept[0]

    def messages_of(self, contact_id: str, direction: str = "in") -> list[Message]:
        """All texts of a contact, one way."""
        query = select(Message).where(Message.contact_id == contact_id, Message.direction == direction)
        return self._all(query)

    def cases_of(self, contact_id: str) -> list[Case]:
        """All cases of a contact."""
        return self._all(select(Case).where(Case.contact_id == contact_id))

    def version_of(self, contact_id: str) -> int:
        """How often the contact has changed."""
        return int(self._all(select(Contact.version).where(Contact.id == contact_id))[0])

    def dispatches_of(self, contact_id: str, purpose: str | None = None) -> list[Dispatch]:
        """What is or was owed because of this contact."""
        cases = select(Case.id).where(Case.contact_id == contact_id)
        query = select(Dispatch).where(Dispatch.case_id.in_(cases) | (Dispatch.contact_id == contact_id))
        return self._all(query if purpose is None else query.where(Dispatch.purpose == purpose))

    def _all(self, query: Any) -> list[Any]:
        with self.db.reading() as session:
            return list(session.scalars(query))

    # Doing

    def settle(
        self, contact_id: str, *, has_receipts: bool = True, callbacks_died: bool = False
    ) -> list[Dispatch]:
        """Wait until everything owed about this contact has its fate: sent, where no receipt will come.

        A call is settled when it rings: how it ends is for the person called to say. `callbacks_died`:
        several may have been in the process that was killed, and the provider posts each only so often;
        then a minute passes, after which we ask.
        """
        final = SETTLED if has_receipts else (*SETTLED, DispatchState.SENT)

        def is_settled(one: Dispatch) -> bool:
            return one.state in final or (one.route == "call" and one.state == DispatchState.SENT)

        def is_over() -> bool:
            return all(is_settled(one) for one in self.dispatches_of(contact_id))

        if callbacks_died:
            with contextlib.suppress(AssertionError):
                eventually(is_over, seconds=8)
                return self.dispatches_of(contact_id)
            self._let_a_minute_pass(contact_id)
        try:
            eventually(is_over)
        except AssertionError:
            states = [(one.purpose, one.state, one.error) for one in self.dispatches_of(contact_id)]
            raise AssertionError(f"not settled: {states}\n{self.system.log()}") from None
        return self.dispatches_of(contact_id)

    def _let_a_minute_pass(self, contact_id: str) -> None:
        """For the receipts of this contact's texts: what is asked after a minute is asked now."""
        ids = [one.id for one in self.dispatches_of(contact_id)]
        ours, minute = Dispatch.id.in_(ids), timedelta(minutes=1)
        sent = update(Dispatch).where(ours, Dispatch.state == DispatchState.SENT)
        replied = update(Dispatch).where(ours, Dispatch.state == DispatchState.SENDING)
        with self.db.writing() as session:
            session.execute(sent.values(sent_at=clock.now() - minute))
            session.execute(replied.where(Dispatch.purpose == "reply").values(lease_until=clock.now()))

    def end_leases(self, purpose: str = "alert") -> None:
        """Half a minute passes, as far as claims under way are concerned."""
        with self.db.writing() as session:
            session.execute(
                update(Dispatch)
                .where(Dispatch.state == DispatchState.SENDING, Dispatch.purpose == purpose)
                .values(lease_until=clock.now())
            )

    def alerts_about(self, case: Case) -> list[dict[str, Any]]:
        """What arrived at the nurse's phone about this case, by the provider's ledger."""
        return [one for one in self.system.alerts(NURSE) if f"/cases/{case.code}" in one["body"]]

    def replies_to(self, phone: str) -> list[str]:
        """What arrived at a patient's phone from us."""
        thread = self.system.provider.thread(phone)
        return [one["body"] for one in thread if one["direction"].startswith("outbound")]

    def take(self, case: Case) -> None:
        """Somebody has taken the case."""
        self._end_alerts(case, AlertState.TAKEN)
        with self.db.writing() as session:
            session.execute(update(Case).where(Case.id == case.id).values(state=CaseState.TAKEN))

    def end_alert(self, case: Case) -> None:
        """Nobody is told about the case any more, and nobody has taken it."""
        self._end_alerts(case, AlertState.ENDED)

    def resolve(self, case: Case) -> None:
        """Somebody has resolved the case."""
        self._end_alerts(case, AlertState.ENDED)
        values = {"state": CaseState.RESOLVED, "resolved_at": clock.now()}
        with self.db.writing() as session:
            session.execute(update(Case).where(Case.id == case.id).values(**values))

    def _end_alerts(self, case: Case, state: AlertState) -> None:
        with self.db.writing() as session:
            session.execute(update(Alert).where(Alert.case_id == case.id).values(state=state))


@contextlib.contextmanager
def parts_on(folder: Path, clinic: str = "", **settings: str) -> Iterator[Parts]:
    """A prepared home below this folder, nothing running; everything is ended afterwards.

    `clinic` is the clinic.toml, if it is not to be that of `patient_clinic`.
    """
    folder.mkdir(exist_ok=True)
    with system_on(folder, settings=settings) as system:
        if clinic:
            (system.home / "clinic.toml").write_text(clinic, encoding="utf-8")
        made = make_settings(folder, system.port, **settings)
        prepare(made)
        parts = Parts(system, made)
        try:
            yield parts
        finally:
            parts.db.close()


def _answers(ask: Any) -> bool:
    with contextlib.suppress(OSError):  # what requests raises is one
        ask()
        return True
    return False
