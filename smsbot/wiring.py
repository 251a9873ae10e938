"""Joins the parts: the one place where they are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from smsbot import handlers, home
from smsbot.clinic import Clinic, ClinicError, load_clinic
from smsbot.config import Settings, SettingsError, load_settings
from smsbot.crypto import KeyFileError, Vault
from smsbot.db import Database
from smsbot.domain import Inbound, Outcome, Situation, Triage, Urgency
from smsbot.escalation import Ladder
from smsbot.home import Account
from smsbot.intake import Intake
from smsbot.intake.decision import Deciding, Decision
from smsbot.intake.writing import Writing
from smsbot.kick import Kicker
from smsbot.models import Case, Dispatch
from smsbot.models.base import use_vault
from smsbot.outbox import Outbox
from smsbot.replies import Wording, WordingError, language_shown, load_wording, render, reply_languages
from smsbot.routes.sms import SmsRoute
from smsbot.sweep import Sweep
from smsbot.triage import Engine, RuleError, WeightsError, load_engine
from smsbot.twilio.client import Provider

# What can be wrong with a home, its settings or its files.
STARTING_ERRORS = (
    SettingsError,
    ClinicError,
    WordingError,
    RuleError,
    WeightsError,
    home.HomeError,
    KeyFileError,
)


@dataclass
class Wiring:
    """Everything that is made once in a process."""

    settings: Settings
    clinic: Clinic
    wording: Wording
    vault: Vault
    db: Database
    account: Account
    ladder: Ladder
    outbox: Outbox
    kicker: Kicker
    our_numbers: frozenset[str]
    engine: Engine | None = None

    @cached_property
    def intake(self) -> Intake:
        """Takes in texts; loads triage at its first use, so that workers do without."""
        return _make_intake(self)

    def sweep(self) -> Sweep:
        """A sweep over this outbox."""
        return Sweep(self.db, self.outbox, self.settings.heartbeat_url)

    def close(self) -> None:
        """Give back connections."""
        self.db.close()


def build(settings: Settings | None = None, engine: Engine | None = None) -> Wiring:
    """Make the parts from the settings; an engine that is loaded already saves loading it again.

    Raises one of STARTING_ERRORS, with what to do in its text.
    """
    settings = settings or load_settings()
    home.make_home(settings)
    clinic = load_clinic(settings.clinic_file)
    wording = load_wording(clinic_folder(settings, "wording"), clinic.languages)
    db = Database(settings.database_url)
    try:
        vault = _checked_vault(settings, db)
    except BaseException:
        db.close()
        raise
    use_vault(vault)
    account = home.account_of(settings, clinic.text_line)
    ladder = Ladder(settings.public_url, clinic.zone.key)
    sms = SmsRoute(provider_of(account), status_url(settings))
    return Wiring(
        settings=settings,
        clinic=clinic,
        wording=wording,
        vault=vault,
        db=db,
        account=account,
        ladder=ladder,
        outbox=Outbox(db, {"sms": sms, "rest": sms}, _case_to_a_person(ladder)),
        kicker=Kicker(home.redis_url(settings)),
        our_numbers=frozenset(number for number in (account.sender, clinic.text_line) if number),
        engine=engine,
    )


def _checked_vault(settings: Settings, db: Database) -> Vault:
    """The keys of this home, once its database is known to be the one they belong to."""
    home.check_schema(db)
    vault = home.open_vault(settings, db)
    home.check_stamp(settings, db)
    return vault


@lru_cache(maxsize=1)
def current() -> Wiring:
    """This process's wiring, from its environment: for RQ's jobs, which cannot be handed one."""
    return build()


def provider_of(account: Account) -> Provider:
    """The provider's API for this account."""
    return Provider(
        account.account_sid,
        account.auth_tokens,
        account.sender,
        account.messaging_service_sid,
        account.api_url,
    )


def status_url(settings: Settings) -> str:
    """Where receipts come back to."""
    return f"{settings.public_url}/twilio/status"


def clinic_folder(settings: Settings, name: str) -> Path | None:
    """A folder of the clinic's own files beside CLINIC_FILE, if there is one."""
    if settings.clinic_file is None:
        return None
    folder = settings.clinic_file.parent / name
    return folder if folder.is_dir() else None


def engine_of(settings: Settings) -> Engine:
    """The triage engine with the clinic's own rules."""
    return load_engine(clinic_folder(settings, "rules"))


def _make_intake(parts: Wiring) -> Intake:
    engine = parts.engine or engine_of(parts.settings)
    policy = handlers.ReplyPolicy(replies=parts.clinic.replies, opt_out_replies=parts.clinic.opt_out_replies)

    def read(inbound: Inbound, situation: Situation) -> Triage:
        return engine.triage(inbound.body, inbound.received_at, situation)

    def apply(outcome: Outcome, inbound: Inbound, situation: Situation) -> Outcome:
        return handlers.apply_policy(outcome, inbound, situation, policy)

    return Intake(
        db=parts.db,
        vault=parts.vault,
        clinic=parts.clinic,
        deciding=Deciding(read, handlers.decide, apply),
        writing=Writing(parts.clinic, parts.ladder, _render(parts), status_url(parts.settings)),
        kicker=parts.kicker,
    )


def _render(parts: Wiring) -> Callable[[Inbound, Decision, Situation, bool], str]:
    offered = parts.clinic.languages

    def words(inbound: Inbound, decision: Decision, situation: Situation, is_team_alerted: bool) -> str:
        shown = language_shown(inbound, decision.triage, offered)
        languages = (shown,) if shown else reply_languages(inbound, decision.triage, situation, offered)
        return render(
            parts.wording,
            decision.outcome.replies,
            languages,
            situation.office,
            parts.clinic,
            now=situation.now,
            team_alerted=is_team_alerted,
        )

    return words


def _case_to_a_person(ladder: Ladder) -> Callable[[Session, Dispatch], None]:
    """What happens to the case of a reply that cannot leave at all: urgent, and staff are told."""

    def put_before_a_person(session: Session, dispatch: Dispatch) -> None:
        case = session.get(Case, dispatch.case_id) if dispatch.case_id else None
        if case is None or dispatch.purpose != "reply":
            return
        case.raise_urgency(Urgency.URGENT)
        ladder.alert(session, case, "reply_set_aside")

    return put_before_a_person
