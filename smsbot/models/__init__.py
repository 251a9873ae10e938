"""The tables. One file for each idea; import the classes from here."""

from smsbot.models.alerting import Alert, AlertState, Dispatch, DispatchState, Receipt
from smsbot.models.attachments import Attachment, AttachmentState
from smsbot.models.base import Base, new_id
from smsbot.models.conversation import Case, CaseState, Contact, Message, TriageRecord
from smsbot.models.patients import ConsentEntry, Patient, PatientNumber
from smsbot.models.people import SignInFailure, SignInLink, Staff, StaffSession
from smsbot.models.records import Beat, Event, KeyInUse, Protocol, Refusal, Stamp
from smsbot.models.shifts import Duty, Rota, Shift

__all__ = [
    "Alert",
    "AlertState",
    "Attachment",
    "AttachmentState",
    "Base",
    "Beat",
    "Case",
    "CaseState",
    "ConsentEntry",
    "Contact",
    "Dispatch",
    "DispatchState",
    "Duty",
    "Event",
    "KeyInUse",
    "Message",
    "Patient",
    "PatientNumber",
    "Protocol",
    "Receipt",
    "Refusal",
    "Rota",
    "Shift",
    "SignInFailure",
    "SignInLink",
    "Staff",
    "StaffSession",
    "Stamp",
    "TriageRecord",
    "new_id",
]
