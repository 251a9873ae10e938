"""Joins the parts: the one place where they are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from smsbot import clock, handlers, home, protocols
from smsbot.asking import Asking
from smsbot.attachments import Fetching
from smsbot.clinic import Clinic, ClinicError, load_clinic
from smsbot.clinic_changes import Living
from smsbot.config import Settings, SettingsError, load_settings
from smsbot.crypto import KeyFileError, Vault
from smsbot.db import Database
from smsbot.domain import Flag, Inbound, Outcome, Situation, Triage
from smsbot.drill import Drill
from smsbot.escalation import Dispatching, Ladder, Rounds, not_reached
from smsbot.escalation.follow_up import Say
from smsbot.home import Account
from smsbot.intake import Intake
from smsbot.intake.cases import Cases
from smsbot.intake.decision import Deciding, Decision
from smsbot.intake.staff_texts import StaffTexts
from smsbot.intake.writing import Render, Writing
from smsbot.kick import Kicker, connect
from smsbot.models import Contact, Dispatch
from smsbot.models.base import use_vault
from smsbot.outbox import Outbox
from smsbot.reconcile import Poll
from smsbot.replies import Wording, WordingError, follow_key, follow_up, languages_for, load_wording, render
from smsbot.replies.follow import TAKEN
from smsbot.replies.unusual import fit_age, own_to_lateness
from smsbot.routes import Route
from smsbot.routes.bridge import BridgeRoute
from smsbot.routes.call import CallRoute
from smsbot.routes.email import EmailRoute
from smsbot.routes.push import PushRoute
from smsbot.routes.sms import SmsRoute
from smsbot.spool import Spool
from smsbot.sweep import Sweep
from smsbot.triage import Engine, RuleError, WeightsError, load_engine
from smsbot.twilio.client import Provider
from smsbot.twilio.media import MediaClient
from smsbot.watch import Watch

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
    living: Living
    vault: Vault
    db: Database
    account: Account
    ladder: Ladder
    outbox: Outbox
    kicker: Kicker
    our_numbers: frozenset[str]
    engine: Engine | None = None

    @property
    def wording(self) -> Wording:
        """The sentences of this moment: the files', and what was changed on the screen."""
        return self.living.wording()

    @cached_property
    def intake(self) -> Intake:
        """Takes in texts; loads triage at its first use, so that workers do without."""
        return _make_intake(self)

    @cached_property
    def spool(self) -> Spool:
        """Keeps texts while the database cannot be used."""
        return Spool(self.settings.home / "spool", self.vault)

    def poll(self) -> Poll:
        """Takes in what no webhook brought."""
        service = self.account.messaging_service_sid
        provider = provider_of(self.account)
        return Poll(self.db, lambda: self.intake, provider, self.spool, self.our_numbers, service)

    def asking(self) -> Asking:
        """Asks what became of texts whose receipts did not come."""
        return Asking(self.db, provider_of(self.account), self.on_failed)

    def watch(self) -> Watch:
        """Watches the system itself."""
        return Watch(self.db, self.ladder, lambda: connect(home.redis_url(self.settings)))

    def fetching(self) -> Fetching:
        """Fetches attachments, and removes the provider's copies."""
        account = self.account
        return Fetching(self.db, MediaClient(account.account_sid, account.auth_tokens, account.api_url))

    def drill(self) -> Drill:
        """The weekly test alert."""
        return Drill(self.db, self.vault, self.clinic, self.ladder)

    def sweep(self) -> Sweep:
        """A sweep over this outbox."""
        rounds = Rounds(self.db, self.ladder)
        beside = (self.poll().run, self.asking().run, self.watch().run, self.drill().run, self.fetching().run)
        return Sweep(self.db, self.outbox, rounds, self.settings.heartbeat_url, beside=beside)

    def on_failed(self, session: Session, dispatch: Dispatch) -> None:
        """What follows when something we owed failed for good."""
        not_reached(self.ladder, session, dispatch)

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
    living = Living(db, clinic, wording)
    living.refresh()
    clinic = replace(clinic, living=living.amended)
    account = home.account_of(settings, clinic.text_line)
    routes = _routes(settings, clinic, account)
    dispatching = Dispatching(settings.public_url, clinic.zone, clinic.ladder.texts_an_hour, routes)
    ladder = Ladder(clinic, dispatching, _later_words(clinic, living))
    return Wiring(
        settings=settings,
        clinic=clinic,
        living=living,
        vault=vault,
        db=db,
        account=account,
        ladder=ladder,
        outbox=Outbox(db, routes, lambda session, failed: not_reached(ladder, session, failed)),
        kicker=Kicker(home.redis_url(settings)),
        our_numbers=frozenset(number for number in (account.sender, clinic.text_line) if number),
        engine=engine,
    )


def _routes(settings: Settings, clinic: Clinic, account: Account) -> dict[str, Route]:
    """Every way out that this installation has."""
    provider = provider_of(account)
    sms = SmsRoute(provider, status_url(settings))
    call = CallRoute(provider, voice_url(settings), caller_of(account, clinic))
    routes: dict[str, Route] = {"sms": sms, "rest": sms, "call": call}
    routes["bridge"] = BridgeRoute(provider, voice_url(settings), caller_of(account, clinic))
    if settings.smtp_url and settings.mail_from:
        routes["email"] = EmailRoute(settings.smtp_url, settings.mail_from)
    if settings.push_urls:
        routes["push"] = PushRoute(settings.push_urls)
    return routes


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


def voice_url(settings: Settings) -> str:
    """Where the provider fetches what a call says."""
    return f"{settings.public_url}/twilio/voice"


def caller_of(account: Account, clinic: Clinic) -> str:
    """The one number that staff are called from."""
    return account.sender or clinic.text_line


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
    engine = parts.engine = parts.engine or engine_of(parts.settings)
    protocols.keep_protocol(parts.db, engine.book)
    policy = handlers.ReplyPolicy(
        opt_out_replies=parts.clinic.opt_out_replies,
        names_topic=parts.clinic.say_topic == "appointments",
    )

    def read(inbound: Inbound, situation: Situation) -> Triage:
        return engine.triage(inbound.body, inbound.received_at, situation)

    def apply(outcome: Outcome, inbound: Inbound, situation: Situation) -> Outcome:
        now = replace(policy, replies=parts.clinic.replies)  # a screen may have paused them
        return handlers.apply_policy(outcome, inbound, situation, now)

    return Intake(
        db=parts.db,
        vault=parts.vault,
        clinic=parts.clinic,
        deciding=Deciding(read, handlers.decide, apply),
        writing=Writing(
            parts.clinic, Cases(parts.clinic, parts.ladder), _render(parts), status_url(parts.settings)
        ),
        kicker=parts.kicker,
        staff_texts=StaffTexts(
            parts.ladder, parts.settings.public_url, parts.clinic.opt_out_replies == "provider"
        ),
    )


def _later_words(clinic: Clinic, living: Living) -> Say:
    """The words of what a patient is told after the first answer, in the contact's language."""

    def say(key: str, contact: Contact, flags: tuple[Flag, ...]) -> str:
        if follow_key(flags) is None:
            return ""
        language = contact.set_language or contact.language
        spoken = key if key == TAKEN else follow_key(flags) or key
        return follow_up(living.wording(), spoken, (language,) if language else (), clinic, now=clock.now())

    return say


def _render(parts: Wiring) -> Render:
    offered = parts.clinic.languages

    def words(
        inbound: Inbound,
        decision: Decision,
        situation: Situation,
        is_team_alerted: bool,
        look_by: datetime | None,
    ) -> str:
        languages = languages_for(inbound, decision.triage, situation, situation.set_language, offered)
        age = situation.now - inbound.received_at
        wording = parts.wording
        text = render(
            wording,
            fit_age(decision.outcome.replies, age),
            languages,
            situation.office,
            parts.clinic,
            now=situation.now,
            team_alerted=is_team_alerted,
            look_by=look_by,
        )
        return own_to_lateness(text, wording, age)

    return words
