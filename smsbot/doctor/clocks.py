"""The clock, held against the provider's: deadlines, signatures of sign-ins and receipts rest on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from smsbot import clock
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.twilio.client import ProviderError
from smsbot.wiring import Wiring, provider_of

_WRONG, _VERY_WRONG = timedelta(seconds=5), timedelta(seconds=60)
_REMEDY = "Turn on time synchronisation: timedatectl set-ntp true."


def check_clock(parts: Wiring) -> list[Line]:
    """Compare with the Date of the provider's answer."""
    before = clock.now()
    try:
        theirs = provider_of(parts.account).account().at
    except ProviderError:
        return [warn("The clock was not checked: the provider does not answer.", "See the account above.")]
    if theirs is None:
        return [warn("The clock was not checked: the provider did not say its time.", "Run this again.")]
    return [clock_line(before, clock.now(), theirs)]


def clock_line(before: datetime, after: datetime, theirs: datetime) -> Line:
    """Their time is in whole seconds and was written between our two."""
    ahead = max(before - theirs - timedelta(seconds=1), timedelta(0))
    behind = max(theirs - after, timedelta(0))
    off = max(ahead, behind)
    if off < _WRONG:
        return ok("The clock agrees with the provider's.")
    way = "ahead of" if ahead else "behind"
    what = f"The clock is {off.total_seconds():.0f} s {way} the provider's."
    return bad(what, _REMEDY) if off >= _VERY_WRONG else warn(what, _REMEDY)
