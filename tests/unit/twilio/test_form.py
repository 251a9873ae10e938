"""From a form to an Inbound, and what stands behind a From."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsbot.domain import SenderKind
from smsbot.twilio.form import BadForm, normal_number, parse_form, read_inbound, sender_kind

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
SID = "SM" + "0" * 32
OURS = frozenset({"+15614097296"})


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("+15615550110", SenderKind.PHONE),
        ("+447911123456", SenderKind.PHONE),
        ("+10000000000", SenderKind.PHONE),  # phonenumbers calls it invalid; a text is a text
        ("262966", SenderKind.SHORT_CODE),
        ("+262966", SenderKind.SHORT_CODE),
        ("PHARMACY", SenderKind.ALPHANUMERIC),
        ("A", SenderKind.ALPHANUMERIC),
        ("whatsapp:+15615550110", SenderKind.STRANGE),
        ("5615550110", SenderKind.STRANGE),
        ("", SenderKind.STRANGE),
        ("+", SenderKind.STRANGE),
        ("+15614097296", SenderKind.OURSELVES),
    ],
)
def test_senders_are_told_apart(sender: str, kind: SenderKind) -> None:
    assert sender_kind(sender, OURS) is kind


@given(st.binary(max_size=300))
def test_any_bytes_become_a_text_or_a_reason(raw: bytes) -> None:
    try:
        fields = parse_form(b"MessageSid=" + SID.encode() + b"&Body=" + raw)
        inbound = read_inbound(fields, AT, OURS)
    except BadForm as bad:
        assert bad.reason in ("doubled_name", "no_message_sid", "too_many_fields")
    else:
        assert "\0" not in inbound.body
        inbound.body.encode()


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8, unique_by=lambda pair: pair[0]))
def test_forms_are_split_as_the_library_does(pairs: list[tuple[str, str]]) -> None:
    raw = urlencode(pairs, errors="replace").encode()
    try:
        ours = parse_form(raw)
    except BadForm:
        return
    library = parse_qsl(raw.decode(), keep_blank_values=True)
    assert [(name.decode(), value.decode()) for name, value in ours] == library


def test_a_doubled_name_is_refused() -> None:
    with pytest.raises(BadForm, match="doubled_name"):
        parse_form(b"Body=a&Body=b")
    with pytest.raises(BadForm, match="doubled_name"):
        parse_form(b"Body=a&%42ody=b")


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "0" * 32, "SM" + "G" * 32, SID + "0", SID + "\n"])
def test_without_a_message_id_there_is_no_text(sid: str) -> None:
    with pytest.raises(BadForm, match="no_message_sid"):
        read_inbound(parse_form(urlencode({"MessageSid": sid}).encode()), AT, OURS)


@pytest.mark.parametrize(
    ("count", "media"), [("2", 2), ("0", 0), ("", 0), ("-1", 0), ("9999", 0), ("99", 20)]
)
def test_media_are_counted_with_care(count: str, media: int) -> None:
    form = {"MessageSid": SID, "NumMedia": count}
    assert len(read_inbound(parse_form(urlencode(form).encode()), AT, OURS).media) == media


@pytest.mark.parametrize(
    ("text", "number"),
    [("(561) 555-0123", "+15615550123"), ("+1 561 555 0123", "+15615550123"), ("hello", None), ("12", None)],
)
def test_numbers_are_written_one_way(text: str, number: str | None) -> None:
    assert normal_number(text) == number
