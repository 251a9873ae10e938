"""Who confirms STOP and HELP: `opt_out_replies` held against what the provider really did.

The account does not say how it is set up, so its list of texts is read: was a STOP or HELP of the last days
answered from our number by a text that is none of ours?
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.doctor.line import Line, bad, ok, plural, warn
from smsbot.models import Dispatch
from smsbot.twilio.client import ProviderError
from smsbot.wiring import Wiring, provider_of

_LOOK_BACK = timedelta(days=7)
_ANSWERS_WITHIN = timedelta(minutes=2)
_MARGIN = timedelta(seconds=2)  # times of the list are whole seconds
_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "HELP", "INFO"})
_TRY_IT = "Text HELP to the line from your own phone: exactly one answer must come. Then run this again."


def check_opt_out(parts: Wiring) -> list[Line]:
    """Read the provider's list of the last days."""
    provider, line = provider_of(parts.account), parts.clinic.text_line
    since = clock.now() - _LOOK_BACK
    try:
        asked = [
            (one.form.get("From", ""), one.sent_at)
            for one in provider.list_inbound(since, clock.now() + _MARGIN, line)
            if one.form.get("Body", "").strip().upper() in _WORDS
        ]
        sent = provider.list_replies(line, since) if asked else []
    except ProviderError as error:
        return [warn(f"STOP and HELP answers were not checked ({error.code}).", _TRY_IT)]
    with parts.db.reading() as session:
        known = _ours(session, [sid for sid, _, _ in sent])
    strangers = [(to, at) for sid, to, at in sent if sid not in known]
    mine = [(to, at) for sid, to, at in sent if sid in known]
    return [opt_out_line(parts.clinic.opt_out_replies, asked, strangers, mine)]


Texts = Sequence[tuple[str, datetime]]


def opt_out_line(setting: str, asked: Texts, strangers: Texts, mine: Texts) -> Line:
    """Judge it. Each text is whose phone, and when; `strangers` are answers that are none of ours."""
    theirs = sum(_is_answered(one, strangers) for one in asked)
    ours = sum(_is_answered(one, mine) for one in asked)
    texts = plural(len(asked), "STOP or HELP text")
    if not asked:
        what = f'opt_out_replies is "{setting}"; nobody has texted STOP or HELP in the last 7 days.'
        return warn(what, _TRY_IT)
    if setting == "provider" and theirs:
        return ok(f"The provider answers STOP and HELP itself, as opt_out_replies says ({texts}).")
    if setting == "provider":
        return warn(
            f'opt_out_replies is "provider", and no answer of the provider\'s stands in its list ({texts}).',
            f'{_TRY_IT} If none comes, its own handling is off: set opt_out_replies = "ours".',
        )
    if theirs:
        return bad(
            f'opt_out_replies is "ours", and the provider answers too: people get two ({texts}).',
            'Have the provider\'s own opt-out handling switched off, or set opt_out_replies = "provider".',
        )
    if not ours:
        return warn(f'opt_out_replies is "ours", and {texts} got no answer of ours.', _TRY_IT)
    return ok(f"We answer STOP and HELP, and the provider does not ({texts}).")


def _is_answered(asked: tuple[str, datetime], answers: Texts) -> bool:
    phone, at = asked
    return any(to == phone and at - _MARGIN <= when <= at + _ANSWERS_WITHIN for to, when in answers)


def _ours(session: Session, sids: list[str]) -> set[str]:
    """Those of these texts that we sent."""
    found: set[str] = set()
    for start in range(0, len(sids), 500):  # databases bound the parameters of one statement
        query = select(Dispatch.provider_id).where(Dispatch.provider_id.in_(sids[start : start + 500]))
        found |= {sid for sid in session.scalars(query) if sid}
    return found
