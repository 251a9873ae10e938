"""The answer to a webhook: https://www.twilio.com/docs/messaging/twiml"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NO_REPLY = f"{_HEAD}<Response/>"


def reply(text: str, status_callback: str) -> str:
    """One text back, whose receipts go to this address."""
    return (
        f"{_HEAD}<Response><Message statusCallback={quoteattr(status_callback)}>"
        f"{escape(text)}</Message></Response>"
    )
