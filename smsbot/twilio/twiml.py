"""The answer to a webhook: https://www.twilio.com/docs/messaging/twiml"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NO_REPLY = f"{_HEAD}<Response/>"


def reply(text: str, status_callback: str | None = None) -> str:
    """One text back, whose receipts go to this address, if one is given."""
    callback = f" statusCallback={quoteattr(status_callback)}" if status_callback else ""
    return f"{_HEAD}<Response><Message{callback}>{escape(text)}</Message></Response>"
