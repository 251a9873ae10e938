"""Which language an answer is in: what staff set, what the contact's texts show, else all of the clinic's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.domain import Inbound, Intent, SenderKind, Situation, Triage, Urgency
from smsbot.replies import languages_for, reply_languages

OFFERED = ("en", "es", "ht")
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)


def texted(body: str) -> Inbound:
    return Inbound("SM" + "0" * 32, "+15615550101", SenderKind.PHONE, "+15615550100", body, NOW)


def read_as(language: str) -> Triage:
    return Triage(Urgency.ROUTINE, (Intent.UNCLEAR,), language=language)


@pytest.mark.parametrize(
    ("body", "read", "known", "wanted"),
    [
        ("can i come tuesday", "en", None, ("en",)),
        ("puedo ir el martes", "es", None, ("es",)),
        ("can i come tuesday", "en", "es", ("es",)),
        ("STOP", "en", None, ()),
        ("ayuda", "es", None, ("es",)),
        ("👍", "en", None, ()),
        ("où est le bureau", "fr", None, ()),
        ("ok", "en", "ht", ("ht",)),
        ("hello there", "en", "fr", ("en",)),
    ],
)
def test_without_staff_the_language_is_the_contacts_else_the_texts_else_not_known(
    body: str, read: str, known: str | None, wanted: tuple[str, ...]
) -> None:
    situation = Situation(now=NOW, language=known)
    assert reply_languages(texted(body), read_as(read), situation, OFFERED) == wanted


@pytest.mark.parametrize(
    ("body", "read", "known", "set_by_staff", "wanted"),
    [
        ("can i come on tuesday please", "en", "en", "ht", ("ht",)),  # what staff set holds against anything
        ("puedo ir el martes", "es", None, "ht", ("ht",)),
        ("puedo ir el martes", "es", "es", "fr", ("es",)),  # but for a language without words
        ("puedo ir el martes", "es", "en", None, ("es",)),  # the newest text that shows one
        ("ok gracias", "es", "en", None, ("en",)),  # two words show too little against what is known
        ("ok gracias", "es", None, None, ("es",)),
        ("STOP", "en", "ht", None, ("ht",)),
        ("STOP", "en", None, None, ()),
        ("", "en", None, None, ()),
        ("où est le bureau", "fr", None, None, ()),
    ],
)
def test_staff_come_first_then_what_texts_show_then_all_languages(
    body: str, read: str, known: str | None, set_by_staff: str | None, wanted: tuple[str, ...]
) -> None:
    situation = Situation(now=NOW, language=known)
    assert languages_for(texted(body), read_as(read), situation, set_by_staff, OFFERED) == wanted
