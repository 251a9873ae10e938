"""The words of the product as frozen types. Everything speaks them; this module imports nothing of ours.

The values are those of the triage guide (docs/protocol.md). An `_at` is an aware UTC time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Urgency(StrEnum):
    """How soon a person must see a text. Compare with `rank`: higher is sooner."""

    NONE = "none"
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for none to 3 for emergency."""
        return _URGENCY_RANK[self]

    @classmethod
    def highest(cls, *urgencies: Urgency) -> Urgency:
        """The most urgent of them; none when there are none."""
        return max(urgencies, key=lambda urgency: urgency.rank, default=cls.NONE)


_URGENCY_RANK = {Urgency.NONE: 0, Urgency.ROUTINE: 1, Urgency.URGENT: 2, Urgency.EMERGENCY: 3}


class Intent(StrEnum):
    """What the patient wants: the guide's intents."""

    APPOINTMENT_REQUEST = "appointment.request"
    APPOINTMENT_RESCHEDULE = "appointment.reschedule"
    APPOINTMENT_CANCEL = "appointment.cancel"
    APPOINTMENT_CONFIRM = "appointment.confirm"
    APPOINTMENT_LATE = "appointment.late"
    APPOINTMENT_QUESTION = "appointment.question"
    MEDICATION_SIDE_EFFECT = "medication.side_effect"
    MEDICATION_MISSED_DOSE = "medication.missed_dose"
    MEDICATION_REFILL = "medication.refill"
    MEDICATION_QUESTION = "medication.question"
    MEDICATION_INEFFECTIVE = "medication.ineffective"
    MEDICATION_STOPPED = "medication.stopped"
    SYMPTOM = "symptom"
    CRISIS = "crisis"
    ADMIN = "admin"
    CONSENT_STOP = "consent.stop"
    CONSENT_START = "consent.start"
    CONSENT_HELP = "consent.help"
    SOCIAL = "social"
    WRONG_NUMBER = "wrong_number"
    UNCLEAR = "unclear"


class Flag(StrEnum):
    """A danger or a pressing matter read in the text: the guide's flags."""

    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    HARM_TO_OTHERS = "harm_to_others"
    OVERDOSE = "overdose"
    CHEST_PAIN = "chest_pain"
    BREATHING = "breathing"
    STROKE = "stroke"
    UNRESPONSIVE = "unresponsive"
    SEIZURE = "seizure"
    ANAPHYLAXIS = "anaphylaxis"
    HYPERTENSIVE_CRISIS = "hypertensive_crisis"
    SEROTONIN_OR_NMS = "serotonin_or_nms"
    SEVERE_RASH = "severe_rash"
    CONFUSION = "confusion"
    DANGER_FROM_OTHERS = "danger_from_others"
    IMPAIRED_DRIVING = "impaired_driving"
    BLEEDING = "bleeding"
    PSYCHOSIS = "psychosis"
    MANIA = "mania"
    WORSENING_MOOD = "worsening_mood"
    PREGNANCY = "pregnancy"
    HIGH_BP = "high_bp"
    HEART = "heart"
    RASH = "rash"
    DISSOCIATION = "dissociation"
    URINARY = "urinary"
    VOMITING = "vomiting"
    WITHDRAWAL = "withdrawal"
    OUT_OF_MEDICATION = "out_of_medication"
    DOSE_ERROR = "dose_error"
    INTERACTION = "interaction"
    RELAPSE = "relapse"
    FALL = "fall"
    PRIOR_KETAMINE_REACTION = "prior_ketamine_reaction"
    SAME_DAY = "same_day"

    @property
    def least_urgency(self) -> Urgency:
        """A text with this flag is never sorted below this."""
        return Urgency.EMERGENCY if self in EMERGENCY_FLAGS else Urgency.URGENT


EMERGENCY_FLAGS = frozenset(
    {
        Flag.SUICIDE,
        Flag.SELF_HARM,
        Flag.HARM_TO_OTHERS,
        Flag.OVERDOSE,
        Flag.CHEST_PAIN,
        Flag.BREATHING,
        Flag.STROKE,
        Flag.UNRESPONSIVE,
        Flag.SEIZURE,
        Flag.ANAPHYLAXIS,
        Flag.HYPERTENSIVE_CRISIS,
        Flag.SEROTONIN_OR_NMS,
        Flag.SEVERE_RASH,
        Flag.CONFUSION,
        Flag.DANGER_FROM_OTHERS,
        Flag.IMPAIRED_DRIVING,
        Flag.BLEEDING,
    }
)


class Consent(StrEnum):
    """Whether we may text a contact."""

    UNKNOWN = "unknown"  # wrote to us and never said otherwise: we may answer
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


class Silence(StrEnum):
    """Why automatic texts to a contact are off."""

    PRIVATE = "private"  # "my husband reads everything": not even crisis replies
    WRONG_NUMBER = "wrong_number"  # until staff have checked the number
    COMPLAINT = "complaint"  # asked for a person instead of automatic replies
    ROBOT = "robot"  # answers every reply with a text


class Question(StrEnum):
    """What we may ask a patient: one question a case."""

    TIMES = "times"  # which days and times work best
    MEDICATION = "medication"  # a refill without a drug
    PHARMACY = "pharmacy"  # a refill without a pharmacy


class SenderKind(StrEnum):
    """What stands behind a `From`. Only a person's number is ever answered."""

    PHONE = "phone"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"
    STRANGE = "strange"  # anything else: kept, looked at by a person, not answered
    OURSELVES = "ourselves"  # our own number: answering would loop


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment of an MMS, as announced by the provider; never fetched by the URL given."""

    index: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text that reached us, before anything was decided.

    `marks` says what had to be mended: `nul_stripped`, `broken_bytes`, `no_body`; and `late`, for one that
    no webhook brought.
    """

    provider_sid: str
    sender: str
    sender_kind: SenderKind
    recipient: str
    body: str
    received_at: datetime
    media: tuple[Media, ...] = ()
    opt_out_type: str | None = None  # STOP, START or HELP when the provider has already answered
    marks: frozenset[str] = frozenset()
    raw: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


@dataclass(frozen=True, slots=True)
class EarlierText:
    """A text of the same contact from the last minutes."""

    body: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What handlers may know of the contact's newest open case."""

    id: str
    urgency: Urgency
    intents: tuple[Intent, ...]
    flags: tuple[Flag, ...]
    is_taken: bool
    asked: str | None = None  # the question asked in it: at most one
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EarlierReply:
    """An automatic text that the contact got from us: the wording's keys, and of which case it was."""

    at: datetime
    keys: tuple[str, ...]
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """The clinic's hours seen from one moment. Times are aware, in the clinic's zone; None: not known."""

    is_open: bool
    closes_at: datetime | None  # end of the current opening, when open
    opens_at: datetime | None  # start of the next opening, when closed
    closed_since: datetime | None = None  # end of the last opening, when closed


@dataclass(frozen=True, slots=True)
class Situation:
    """What triage and handlers may know besides the text. `now` is aware UTC; `zone` an IANA name."""

    now: datetime
    zone: str = "America/New_York"
    earlier: tuple[EarlierText, ...] = ()  # oldest first
    question: str | None = None  # name of the question we asked last, if it is still open
    language: str | None = None  # what the contact's texts established
    set_language: str | None = None  # what staff set, which comes first
    recent_case: OpenCase | None = None  # resolved so lately that a further text opens it again
    staff_asked: str | None = field(default=None, repr=False)  # what staff wrote last, while unanswered
    consent: Consent = Consent.UNKNOWN
    open_case: OpenCase | None = None
    office: Office = Office(is_open=False, closes_at=None, opens_at=None)
    sent: tuple[str, ...] = field(default=(), repr=False)  # the words of our last texts, the newest first
    arrivals: tuple[datetime, ...] = ()  # when their texts of the last hour came
    replies: tuple[EarlierReply, ...] = ()  # automatic ones of the last days, oldest first
    staff_wrote_at: datetime | None = None  # when a staff member last wrote to the contact
    silence: Silence | None = None
    was_told: bool = True  # the notice that texts are not private has been sent
    has_list: bool = False  # the clinic keeps a list of patients
    patients: int = 0  # how many of the list stand behind the number

    @property
    def last_reply(self) -> str | None:
        """The words of our last text, by whomever."""
        return self.sent[0] if self.sent else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a flag or an intent was read: the characters `start:end` of the body, and a sentence."""

    start: int
    end: int
    why: str
    flag: Flag | None = None
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A wished time. Clinic wall time, naive by contract: `YYYY-MM-DDTHH:MM`."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Triage:
    """What was read out of one text. `confidence` is 0 to 1: that the urgency is right."""

    urgency: Urgency
    intents: tuple[Intent, ...]
    flags: tuple[Flag, ...] = ()
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    confidence: float = 1.0
    medications: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    excluded: tuple[Window, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Words for the patient, not yet chosen in a language: the key of a wording and what to fill in."""

    key: str
    times: bool = False  # say when the office reads texts


class ConsentChange(StrEnum):
    """What a text does to our right to answer."""

    STOP = "stop"
    START = "start"
    NO_REMINDERS = "no_reminders"  # appointment reminders alone


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one handler, or all of them together, decided about a text. Nothing has been done yet.

    `opens_case`: a person must look, so the text opens or joins a case; a text that does not may still
    join one. `tells_staff`: an alert leaves now. `notes` are plain English for staff.
    """

    urgency: Urgency
    opens_case: bool = False
    tells_staff: bool = False
    replies: tuple[Reply, ...] = ()
    consent: ConsentChange | None = None
    notes: tuple[str, ...] = ()
    asks: Question | None = None  # the question among the replies
    silence: Silence | None = None  # from now on no automatic texts, for this reason
