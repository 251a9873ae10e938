"""What RQ runs: one line each. Arguments are ids only, for RQ prints and keeps them."""

from __future__ import annotations

from smsbot import wiring


def deliver_dispatch(dispatch_id: str) -> None:
    """Send one dispatch, if it is due and nobody else is sending it."""
    wiring.current().outbox.deliver(dispatch_id)
