"""The tables. One file for each idea; import the classes from here."""

from smsbot.models.alerting import Alert, AlertState, Dispatch, DispatchState, Receipt
from smsbot.models.attachments import Attachment, AttachmentState
from smsbot.models.base import Base, new_id
from smsbot.models.conversation import Case, CaseState, Contact, Message, TriageRecord
from smsbot.models.desk import ClinicChange, Correction, Draft, SavedReply, Task, Viewing
from smsbot.models.patients import ConsentEntry, Patient, PatientNumber
from smsbot.models.people import Passkey, RecoveryCode, SignInFailure, SignInLink, Staff, StaffSession
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
    "ClinicChange",
    "ConsentEntry",
    "Contact",
    "Correction",
    "Dispatch",
    "DispatchState",
    "Draft",
    "Duty",
    "Event",
    "KeyInUse",
    "Message",
    "Passkey",
    "Patient",
    "PatientNumber",
    "Protocol",
    "Receipt",
    "RecoveryCode",
    "Refusal",
    "Rota",
    "SavedReply",
    "Shift",
    "SignInFailure",
    "SignInLink",
    "Staff",
    "StaffSession",
    "Stamp",
    "Task",
    "TriageRecord",
    "Viewing",
    "new_id",
]
