"""Every line of the audit log as an English sentence, for the case page and the audit search."""

from __future__ import annotations

from collections.abc import Mapping

from smsbot.desk.resolving import OUTCOMES, REASONS
from smsbot.escalation import remedy
from smsbot.models import Event
from smsbot.models.base import ID_LENGTH
from smsbot.web.case_people import LANGUAGE_NAMES

# kind: a sentence; {who} is the staff member, the others are details of the event, told by _DETAILS
WORDS: Mapping[str, str] = {
    # a case
    "case_opened": "The case was opened: {urgency}, {team} team.",
    "text_received": "A text came in, read as {urgency}.",
    "missed_call": "A call to our line that nobody answered.",
    "urgency_raised": "The case rose to {urgency}.",
    "case_reopened": "Opened again{by}.",
    "case_opened_by": "{who} looked at it.",
    "patients_seen": "{who} saw the patients behind the number.",
    "case_taken": "{who} took it{by}.",
    "case_passed_on": "{who} passed it on.",
    "case_assigned": "{who} assigned it to {to}.",
    "case_released": "{who} gave it back: anybody may take it.",
    "case_waiting": "{who} marked it as waiting for the patient.",
    "case_resolved": "{who} resolved it{reason}.",
    "case_split": "{who} split a text off into a case of its own.",
    "case_charted": "{who} copied it to the chart.",
    "taking_ended": "It is nobody's again: {who} {reason}.",
    "note": "{who} noted:",
    "replied": "{who} wrote to the patient.",
    "reply_undone": "{who} took a reply back before it left.",
    "triage_corrected": "{who} corrected how a text was read.",
    "task_made": "A visit to book was noted for the front desk.",
    "task_renewed": "A visit to book was noted again.",
    "task_done": "{who} booked the visit, or settled it.",
    "waiting_ended": "It does not wait for the patient any more{reason}.",
    "urgency_lowered": "{who} lowered the case to {urgency}.",
    "case_chart_read": "{who} opened the words for the chart.",
    "call_asked_for": "{who} asked for a call with the patient.",
    "call_not_begun": "The call of {who} with the patient did not begin: {code}.",
    "patient_called": "{who} called the patient through the clinic's line.",
    "language_set": "{who} set the language of our replies: {language}.",
    "attachment_opened": "{who} opened an attachment.",
    "attachment_refused": "An attachment was not kept: its type is not safe.",
    "attachments_removed_at_provider": "The provider's copies of the attachments were removed.",
    # telling staff
    "alert_started": "An alert began{reason}.",
    "alert_step": "Staff were alerted, {step}: {told}.",
    "alert_widened": "More people were alerted: a new danger came up.",
    "nobody_to_alert": "There was nobody to alert.",
    "text_waits": "A further text waits for the person who has the case.",
    "call_not_answered": "The call to {who} reached nobody: {code}.",
    "drill_began": "A test of the alerts began.",
    # telling the patient
    "patient_told": "The patient was told {key}.",
    "reply_lost": "Our text did not arrive: {code}.",
    "not_delivered": "A text did not arrive: {code}.",
    "dispatch_set_aside": "A text could not be sent, because of a fault of ours.",
    "provider_needs_operator": "The provider refused, code {code}: something for the operator.",
    # consent and patients
    "consent_changed": "{of} {change}, {source}.",
    "patient_changed": "A patient's file changed by an import.",
    "patient_left": "A patient left the list by an import.",
    "patients_imported": "A list of patients was imported.",
    "patients_listed": "The list of patients was printed by the operator.",
    "patient_shown": "A patient's file was printed by the operator.",
    "consents_exported": "The ledger of consent was exported by the operator.",
    "texts_read": "Texts were read to compare triage rules.",
    # staff and the system
    "staff_added": "{who} was added to the staff: {role}.",
    "staff_disabled": "{who} may not sign in any more.",
    "password_set": "{who} set a password.",
    "signed_in": "{who} signed in.",
    "sign_in_failed": "A sign-in failed.",
    "staff_text": "{who} answered an alert by text: {ask}.",
    "staff_texts_stopped": "{who} gets no texts any more: calls instead.",
    "staff_texts_started": "{who} gets texts again.",
    "sign_in_begun": "{who} gave the password; the second step was still to come.",
    "code_failed": "A wrong code was given for {who}.",
    "session_ended": "{who} ended a session.",
    "sessions_ended": "{who} ended all other sessions.",
    "password_removed": "The password of {who} was removed.",
    "second_factor_added": "{who} set up an authenticator app.",
    "second_factor_removed": "{who} removed the authenticator app.",
    "second_factor_reset": "The second step of {who} was reset.",
    "recovery_codes_made": "{who} made new recovery codes.",
    "recovery_code_used": "{who} signed in with a recovery code.",
    "passkey_added": "{who} trusted a device.",
    "passkey_removed": "{who} trusts a device no more.",
    "passkey_refused": "A device was not accepted for {who}.",
    "staff_changed": "{who} changed the staff list: {change}.",
    "shifts_changed": "{who} changed the duties: {change}.",
    "clinic_changed": "{who} changed the clinic's settings: {name}.",
    "saved_reply_added": "{who} added a saved reply.",
    "saved_reply_changed": "{who} changed a saved reply.",
    "saved_reply_removed": "{who} removed a saved reply.",
    "patients_import_previewed": "{who} looked at what an import would change.",
    "patients_import_part": "A part of a list of patients was written.",
    "audit_exported": "{who} exported a part of this log.",
    "searched": "{who} searched by {by}: {hits} found.",
    "rota_added": "{who} got a weekly duty.",
    "rota_removed": "A weekly duty of {who} was removed.",
    "shift_removed": "A duty of {who} was removed.",
    "shift_swapped": "{who} took over a duty.",
    "shifts_imported": "Duties were imported from a calendar.",
    "protocol_signed": "The triage rules were signed off by:",
    "system_ill": "The system found itself ill: {what}.",
}

_READ = {"emergency": "an emergency", "none": "needing no answer"}
_CALLS = {"no-answer": "not picked up", "busy": "the line was busy", "voicemail": "a voicemail answered"}
_CALLS |= {"no-key": "picked up, but no key was pressed", "failed": "it did not go through"}
_DETAILS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("case_taken", "by"): {
        **{"inbox": "", "link": " from the link in the alert"},
        **{"text": " by answering the text", "call": " by pressing 1 in the call"},
    },
    ("waiting_ended", "reason"): {
        **{"text": ": a further text came", "corrected": ": it was read anew"},
        **{"reply_lost": ": our text did not reach them"},
    },
    ("case_reopened", "by"): {
        **{"text": " by a further text", "staff": " by staff"},
        **{"reply_lost": ", for our text did not arrive"},
    },
    ("taking_ended", "reason"): {
        "lapsed": "had it open, and nothing followed",
        "not_opened": "took it, and never opened it",
        "owner_gone": "is no longer on the staff list",
    },
    ("alert_started", "reason"): {
        **{"new": "", "risen": ": the case rose", "new_danger": ": a new danger came up"},
        **{"unattended": ": a further text, and nobody has the case", "again": ": a more urgent text came"},
        **{"unanswered": ": a further text was not answered", "further": ": a further text"},
        **{
            "reopened": ": the case was opened again",
            "lapsed": " again: taken, but nothing followed",
            "overdue": ": nobody has looked yet",
        },
        **{"not_opened": " again: taken, but never opened", "drill": ": a test"},
        **{"reply_lost": ": our text did not reach them", "owner_gone": ": its owner has left"},
    },
    ("case_resolved", "reason"): {
        str(name): f": {words.lower()}" for table in (REASONS, OUTCOMES) for name, words in table.items()
    },
    ("text_received", "urgency"): _READ,
    ("urgency_raised", "urgency"): _READ,
    ("call_not_answered", "code"): _CALLS,
    ("call_not_begun", "code"): _CALLS,
    ("patient_told", "key"): {
        "follow.taken": "that a person has it",
        "follow.nobody": "that nobody has it yet",
    },
    ("consent_changed", "of"): {
        **{"texts": "Texts:", "reminders": "Reminders:", "automatic": "Automatic replies:"},
        **{"privacy": "That texts are not private:"},
    },
    ("consent_changed", "change"): {"stop": "off", "start": "on"},
    ("consent_changed", "source"): {
        **{"keyword": "by keyword", "words": "in their own words", "provider": "the provider said so"},
        **{"staff": "entered by staff", "notice": "by our notice", "import": "from a file"},
    },
    ("language_set", "language"): {**LANGUAGE_NAMES, "by_texts": "as their texts show"},
}

_NOT_ARRIVED = ("reply_lost", "not_delivered")


def sentence(event: Event, name: str, names: Mapping[str, str] | None = None) -> str:
    """What happened, in a sentence. `name`: of the event's staff member; "" where there is none.

    `names`: of staff by id, for lines that speak of a second person.

    A note of the event is not in it: show it after the sentence.
    """
    words = WORDS.get(event.kind)
    if words is None:
        return event.kind.replace("_", " ").capitalize() + (f": {name}." if name else ".")
    told = _Details(
        {key: _told(event.kind, key, value, names or {}) for key, value in (event.details or {}).items()}
    )
    told["who"] = name or "Somebody"
    filled = words.format_map(told)
    return filled[:1].upper() + filled[1:]


class _Details(dict[str, str]):
    """An older line may lack a detail that newer ones have."""

    def __missing__(self, key: str) -> str:
        return ""


def _told(kind: str, key: str, value: object, names: Mapping[str, str]) -> str:
    if kind == "alert_step":
        return _step(key, value)
    if key in ("to", "of") and _is_id(value):
        return names.get(str(value), "somebody")
    if kind in _NOT_ARRIVED and key == "code":
        return remedy(str(value))
    known = _DETAILS.get((kind, key), {})
    return known.get(str(value), str(value).replace("_", " "))


def _step(key: str, value: object) -> str:
    number = int(str(value)) if str(value).isdigit() else 0
    if key == "step":
        return f"step {number + 1}"
    return f"{number} person told" if number == 1 else f"{number} people told"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == ID_LENGTH
