"""What is said on the telephone, as TwiML: https://www.twilio.com/docs/voice/twiml. Nothing is ever recorded.

A staff member hears an urgency and a case code, nothing about a patient. A caller hears where to turn in
danger, in the clinic's languages that the provider has a voice for: Haitian Creole has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from smsbot.domain import Urgency

KEY_SECONDS = 8  # for pressing a key after the words
RING_SECONDS = 20  # before a forwarded call counts as missed: less than most voicemail takes
PATIENT_RINGS_SECONDS = 40  # a patient may be slow to reach the phone; voicemail may pick up
LONGEST_CALL_SECONDS = 60 * 60

# A voice and a language that do not go together make the provider fail, so both are named.
_VOICES = {
    "en": {"voice": "Polly.Joanna", "language": "en-US"},
    "es": {"voice": "Polly.Lupe", "language": "es-US"},
}
_URGENCIES = {
    Urgency.EMERGENCY: "Emergency.",
    Urgency.URGENT: "Urgent.",
    Urgency.ROUTINE: "A routine matter.",
    Urgency.NONE: "A matter.",
}
_TEST = "A test of the alerts."  # the weekly one: whoever is called takes it, and need not be frightened


class Standing(StrEnum):
    """How an alert stands for the person on the telephone."""

    WAITS = "waits"
    YOURS = "yours"
    PASSED_ON = "passed_on"
    TAKEN = "taken"  # by somebody else
    OVER = "over"


# What stands for a caller who withholds the number: https://help.twilio.com/articles/223179988
_WITHHELD = {"+266696687", "+7378742833", "+2562533", "+8566696", "+8656696", "+86282452253", "+464"}


def is_withheld(number: str) -> bool:
    """Whether a caller cannot be called back: some of the provider's stand-ins look like numbers."""
    return not number.startswith("+") or number in _WITHHELD


_STANDS = {
    Standing.WAITS: "Case {code} still waits. Sign in to take it. Goodbye.",
    Standing.YOURS: "You have case {code}. Sign in and open it now. Goodbye.",
    Standing.PASSED_ON: "Case {code} is passed on. Goodbye.",
    Standing.TAKEN: "Case {code} is already taken. Thank you. Goodbye.",
    Standing.OVER: "The alert for case {code} is over. Thank you. Goodbye.",
}
_EMERGENCY_YOURS = (
    "You have case {code}. Sign in and open it now: it is only held for you for a few minutes. Goodbye."
)


def alert_script(urgency: Urgency, code: str, answer_url: str, *, is_test: bool = False) -> str:
    """Says the urgency and the code twice and asks for a key; it is posted to `answer_url` as `Digits`."""
    words = (
        f"{_TEST if is_test else _URGENCIES[urgency]} Case {spelled(code)}. "
        "Press 1 to take it. Press 2 to pass it on to the next person."
    )
    response = VoiceResponse()
    for _ in range(2):
        response.append(_question(words, answer_url))
    _say(response, "No key was pressed. Somebody else is told now. Goodbye.")
    response.hangup()
    return str(response)


def machine_script(alert_url: str) -> str:
    """For what sounds like a machine. A person taken for one has a key to press; voicemail has none."""
    response = VoiceResponse()
    response.append(_question("This is an automated call. To hear it, press any key now.", alert_url))
    _say(response, "Goodbye.")
    response.hangup()
    return str(response)


def farewell(standing: Standing, urgency: Urgency, code: str) -> str:
    """Says how the alert stands and ends the call."""
    words = _STANDS[standing]
    if standing is Standing.YOURS and urgency is Urgency.EMERGENCY:
        words = _EMERGENCY_YOURS
    return _last_words(words.format(code=spelled(code)))


def unknown_key(alert_url: str) -> str:
    """The key was neither 1 nor 2: the script begins again."""
    response = VoiceResponse()
    _say(response, "That key does nothing here.")
    response.redirect(alert_url, method="POST")
    return str(response)


def no_alert() -> str:
    """For a call that belongs to nothing we know."""
    return _last_words("There is no alert for this telephone. Goodbye.")


def staff_greeting() -> str:
    """For staff who call the text line. Nobody takes a case this way: a caller's number can be forged."""
    return _last_words("This line calls you when a case waits. Sign in to see what is open. Goodbye.")


def spelled(code: str) -> str:
    """`K7F2` as `K, 7, F, 2`: the commas are pauses."""
    return ", ".join(code)


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a caller is put through. `action_url` is told how it went.

    `screen_url`: whoever picks up presses a key first, so that a private voicemail never answers a patient.
    `caller_id`: what the called phone shows; None shows the caller's number.
    """

    numbers: tuple[str, ...]
    action_url: str
    screen_url: str | None = None
    caller_id: str | None = None


def greeting(languages: Sequence[str], clinic_name: str, forward: Forward | None, noted: bool) -> str:
    """What a caller of the text line hears, and then is put through, or told that the call was noted.

    `noted`: the call could be written down; without a number it could not.
    """
    response = VoiceResponse()
    for language in spoken(languages):
        words = _GREETING[language].format(clinic=clinic_name)
        more = _HOLD[language] if forward else _unattended(language, noted)
        _say(response, f"{words} {more}", language)
    if forward is None:
        response.hangup()
    else:
        response.append(_dial(forward))
    return str(response)


def nobody_answered(languages: Sequence[str], noted: bool) -> str:
    """For a caller who was put through in vain."""
    response = VoiceResponse()
    for language in spoken(languages):
        _say(response, _unattended(language, noted), language)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """The call has come to its end."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def screen(accept_url: str) -> str:
    """Asks whoever picked up a forwarded call to press a key; the caller still hears ringing."""
    response = VoiceResponse()
    response.append(_question("A call from the text line. Press 1 to take the call.", accept_url))
    response.hangup()
    return str(response)


def connect() -> str:
    """Puts the two ends together: an empty answer to a screened call."""
    return str(VoiceResponse())


def bridge_question(code: str, connect_url: str) -> str:
    """Asks the staff member who picked up for a key; it is posted to `connect_url` as `Digits`."""
    response = VoiceResponse()
    for _ in range(2):
        response.append(_question(f"Case {spelled(code)}. Press 1 to call the patient.", connect_url))
    _say(response, "No key was pressed. The patient was not called. Goodbye.")
    response.hangup()
    return str(response)


def bridge_dial(number: str, caller_id: str, ended_url: str) -> str:
    """Puts them through to this number, which sees `caller_id`. `ended_url` is told how it went.

    Only the staff member hears the words: the patient's phone does not ring yet.
    """
    response = VoiceResponse()
    _say(response, "Calling now.")
    dial = Dial(
        action=ended_url,
        method="POST",
        caller_id=caller_id,
        timeout=PATIENT_RINGS_SECONDS,
        time_limit=LONGEST_CALL_SECONDS,
        record="do-not-record",
    )
    dial.number(number)
    response.append(dial)
    return str(response)


def bridge_unanswered(status: str) -> str:
    """Tells the staff member, who is still there, that the patient did not pick up."""
    words = "The line is busy." if status == "busy" else "They did not pick up."
    return _last_words(f"{words} It is noted on the case. Goodbye.")


def no_bridge() -> str:
    """For a call that joins nobody, or no longer."""
    return _last_words("This call is no longer wanted. Press Call again on the screen. Goodbye.")


def spoken(languages: Sequence[str]) -> tuple[str, ...]:
    """Those of the clinic's languages that have a voice; English if none has."""
    return tuple(language for language in languages if language in _VOICES) or ("en",)


_GREETING = {
    "en": (
        "You have reached {clinic}. This line is for text messages. In an emergency, hang up and call 9 1 1. "
        "If you are thinking of suicide, call or text 9 8 8."
    ),
    "es": (
        "Usted ha llamado a {clinic}. Esta línea es para mensajes de texto. En una emergencia, cuelgue y "
        "llame al 9 1 1. Si piensa en el suicidio, llame o mande un mensaje de texto al 9 8 8."
    ),
}
_HOLD = {"en": "Please hold.", "es": "Espere, por favor."}
_NOTED = {
    "en": "Nobody can take your call now. It has been noted for our team. You can also text this number.",
    "es": (
        "Nadie puede atender su llamada ahora. Queda anotada para nuestro equipo. "
        "También puede mandar un mensaje de texto a este número."
    ),
}
_NOT_NOTED = {
    "en": (
        "Nobody can take your call now. We cannot see your number, so nobody can call you back. "
        "Please text this number."
    ),
    "es": (
        "Nadie puede atender su llamada ahora. No podemos ver su número y nadie podrá devolverle la llamada. "
        "Por favor, mande un mensaje de texto a este número."
    ),
}


def _unattended(language: str, noted: bool) -> str:
    return (_NOTED if noted else _NOT_NOTED)[language]


def _dial(forward: Forward) -> Any:
    options = {"caller_id": forward.caller_id} if forward.caller_id else {}
    dial = Dial(
        action=forward.action_url,
        method="POST",
        timeout=RING_SECONDS,
        time_limit=LONGEST_CALL_SECONDS,
        answer_on_bridge=True,  # the caller hears ringing until somebody has taken the call
        **options,
    )
    for number in forward.numbers:
        if forward.screen_url:
            dial.number(number, url=forward.screen_url, method="POST")
        else:
            dial.number(number)
    return dial


def _question(words: str, action_url: str) -> Any:
    gather = Gather(num_digits=1, timeout=KEY_SECONDS, input="dtmf", action=action_url, method="POST")
    _say(gather, words)
    return gather


def _last_words(words: str) -> str:
    response = VoiceResponse()
    _say(response, words)
    response.hangup()
    return str(response)


def _say(verb: Any, words: str, language: str = "en") -> None:
    verb.say(words, **_VOICES[language])
