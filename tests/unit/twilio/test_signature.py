"""Our signature check against the SDK's, which is the oracle."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from smsbot.twilio.form import parse_form
from smsbot.twilio.signature import is_signed, sign

URL = "https://texts.example.com/twilio/sms"
TOKEN = "0123456789abcdef0123456789abcdef"
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@given(st.dictionaries(NAMES, VALUES, max_size=12))
def test_it_agrees_with_the_sdk(form: dict[str, str]) -> None:
    raw = urlencode(form).encode()
    expected = RequestValidator(TOKEN).compute_signature(URL, form)
    assert sign(TOKEN, URL, parse_form(raw)) == expected


FIELDS = ((b"Body", b"hello"), (b"From", b"+15615550110"))


def test_the_right_token_among_two_is_enough() -> None:
    signature = sign(TOKEN, URL, FIELDS)
    assert is_signed(("another token", TOKEN), URL, FIELDS, signature)
    assert not is_signed(("another token",), URL, FIELDS, signature)


@pytest.mark.parametrize(
    "url",
    [
        "http://texts.example.com/twilio/sms",
        URL + "/",
        URL + "?a=1",
        "https://other.example.com/twilio/sms",
    ],
)
def test_another_address_is_another_signature(url: str) -> None:
    assert not is_signed((TOKEN,), url, FIELDS, sign(TOKEN, URL, FIELDS))


@pytest.mark.parametrize("signature", [None, "", "é", "AAAA", "=" * 5000])
def test_nonsense_is_no_signature(signature: str | None) -> None:
    assert not is_signed((TOKEN,), URL, FIELDS, signature)


def test_trimmed_and_missing_values_break_it() -> None:
    fields = ((b"Body", b"hello "), (b"Empty", b""))
    signature = sign(TOKEN, URL, fields)
    assert is_signed((TOKEN,), URL, fields, signature)
    assert not is_signed((TOKEN,), URL, ((b"Body", b"hello"), (b"Empty", b"")), signature)
    assert not is_signed((TOKEN,), URL, ((b"Body", b"hello "),), signature)
