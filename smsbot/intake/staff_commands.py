"""What a text from a staff phone asks for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from smsbot.domain import Inbound


class Ask(StrEnum):
    """What staff may text."""

    TAKE = "take"
    PASS_ON = "pass_on"  # noqa: S105 (no password)
    STOP = "stop"
    START = "start"
    HELP = "help"
    AS_PATIENT = "as_patient"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, the case code it names, and the words that belong to it."""

    ask: Ask
    code: str | None = None
    words: str = ""


_DIGIT = {"1": Ask.TAKE, "2": Ask.PASS_ON}
_NUMBERED = re.compile(r"(?:([12])(?:[\s,.:-]+([A-Za-z0-9]{4}))?|([A-Za-z0-9]{4})[\s,.:-]+([12]))[\s.!]*")
_AS_PATIENT = re.compile(r"patient\b[\s:,.-]*", re.IGNORECASE)
_STOP = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
_START = {"start", "unstop", "yes"}
_HELP = {"help", "info", "?", ""}

COMMANDS = (
    "Reply 1 to take a case, 2 to pass it on, 1 K7F2 when several are open. "
    "To text as a patient: PATIENT and your words."
)


def read_command(inbound: Inbound) -> Command:
    """What the text asks for; whatever is no command is a note."""
    body = inbound.body.strip()
    if inbound.opt_out_type in ("STOP", "START", "HELP"):
        return Command(Ask(inbound.opt_out_type.lower()))
    if found := _NUMBERED.fullmatch(body):
        digit, code = (found[1], found[2]) if found[1] else (found[4], found[3])
        return Command(_DIGIT[digit], code.upper() if code else None)
    if found := _AS_PATIENT.match(body):
        return Command(Ask.AS_PATIENT, words=body[found.end() :])
    word = body.casefold().rstrip(".! ")
    for words, ask in ((_STOP, Ask.STOP), (_START, Ask.START), (_HELP, Ask.HELP)):
        if word in words:
            return Command(ask)
    return Command(Ask.NOTE, words=body)
