"""What a text from a staff phone asks for."""

from __future__ import annotations

import pytest

from smsbot.intake.staff_commands import COMMANDS, Ask, Command, read_command
from smsbot.replies.segments import segments
from tests.texts import inbound

READ = [
    ("1", Command(Ask.TAKE)),
    (" 1. ", Command(Ask.TAKE)),
    ("1 K7F2", Command(Ask.TAKE, "K7F2")),
    ("1 k7f2", Command(Ask.TAKE, "K7F2")),
    ("1, k7f2", Command(Ask.TAKE, "K7F2")),
    ("k7f2 1", Command(Ask.TAKE, "K7F2")),
    ("2", Command(Ask.PASS_ON)),
    ("2 M3QX!", Command(Ask.PASS_ON, "M3QX")),
    ("STOP", Command(Ask.STOP)),
    ("stop.", Command(Ask.STOP)),
    ("start", Command(Ask.START)),
    ("?", Command(Ask.HELP)),
    ("", Command(Ask.HELP)),
    ("PATIENT i feel dizzy", Command(Ask.AS_PATIENT, words="i feel dizzy")),
    ("patient: i feel dizzy", Command(Ask.AS_PATIENT, words="i feel dizzy")),
    ("patients are fine", Command(Ask.NOTE, words="patients are fine")),
    ("12", Command(Ask.NOTE, words="12")),
    ("1 more minute", Command(Ask.NOTE, words="1 more minute")),
    ("called her, she is ok", Command(Ask.NOTE, words="called her, she is ok")),
    ("please stop", Command(Ask.NOTE, words="please stop")),
]


@pytest.mark.parametrize(("body", "command"), READ)
def test_staff_texts_are_read_as_commands_or_notes(body: str, command: Command) -> None:
    assert read_command(inbound(body)) == command


def test_what_the_provider_read_counts() -> None:
    assert read_command(inbound("anything", opt_out_type="STOP")).ask is Ask.STOP


def test_the_commands_fit_one_text() -> None:
    assert segments(COMMANDS) == 1
