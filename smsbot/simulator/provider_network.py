"""The carriers between the clinic's numbers and the phones: what becomes of a text to a phone."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smsbot.simulator.provider_callbacks import RANK, plan_receipts
from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_faults import FATE, RECEIPTS, Faults, Subject
from smsbot.simulator.provider_resources import account_uri
from smsbot.simulator.provider_state import Store, insert, moment, new_sid
from smsbot.simulator.provider_webhooks import Webhooks

_E164 = re.compile(r"\+(1\d{10}|[2-9]\d{6,14})")


@dataclass(slots=True)
class Settings:
    """How the stand-in behaves. `status_delay` and `ring_seconds` are in seconds.

    `opt_out`: `default` (the network acts on STOP, START and HELP, and answers by itself), `advanced` (the
    same, and the webhook is told OptOutType) or `off` (the account handles them).
    """

    account: str
    token: str
    status_delay: float = 0.5
    ring_seconds: float = 30.0
    opt_out: str = "default"
    service_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Outbound:
    """A text to a phone, as it is asked for. `direction` is the provider's word for it."""

    direction: str
    sender: str
    recipient: str
    body: str
    callback: str | None = None
    media_urls: Sequence[str] = ()
    service_sid: str | None = None


def is_phone_number(number: str) -> bool:
    """Whether the provider texts and calls such a number: E.164, in North America with ten digits."""
    return _E164.fullmatch(number) is not None


class Network:
    """The account's numbers, and the way of each text from them to a phone."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.faults = Faults(store)
        self.webhooks = Webhooks(settings.token)
        self.stopping = threading.Event()

    # Numbers

    def set_number(self, number: str, **urls: str) -> None:
        """Make this a number of the account; what is not named of its URLs stays as it was."""
        known = self.store.row("SELECT urls FROM numbers WHERE number = ?", number)
        merged = (json.loads(known["urls"]) if known else {}) | urls
        with self.store.writing() as db:
            if known:
                db.execute("UPDATE numbers SET urls = ? WHERE number = ?", (json.dumps(merged), number))
            else:
                insert(db, "numbers", {"sid": new_sid("PN"), "number": number, "urls": json.dumps(merged)})

    def number_urls(self, number: str) -> dict[str, str] | None:
        """Where the webhooks of this number go; None when it is none of the account's."""
        row = self.store.row("SELECT urls FROM numbers WHERE number = ?", number)
        return dict(json.loads(row["urls"])) if row else None

    def first_number(self) -> str:
        """The number used when none is named. Raises ApiError when there is none."""
        row = self.store.row("SELECT number FROM numbers ORDER BY seq LIMIT 1")
        if row is None:
            raise ApiError(21603)
        return str(row["number"])

    # Texts to a phone

    def send(self, text: Outbound) -> sqlite3.Row:
        """Accept a text to a phone. Raises ApiError when the provider would refuse it."""
        self._refuse_wrong(text)
        if self.is_opted_out(text.sender, text.recipient):
            raise ApiError(21610)
        return self.keep_outbound(text)

    def _refuse_wrong(self, text: Outbound) -> None:
        wrongs = (
            (21604, not text.recipient),
            (21211, not is_phone_number(text.recipient)),
            (21606, self.number_urls(text.sender) is None),
            (21266, text.sender == text.recipient),
            (21602, not text.body and not text.media_urls),
            (21617, len(text.body) > 1600),
        )
        for code, is_wrong in wrongs:
            if is_wrong:
                raise ApiError(code)

    def keep_outbound(self, text: Outbound) -> sqlite3.Row:
        """Keep a text to a phone, whoever may have opted out, with its way planned."""
        is_request = text.direction == "outbound-api"
        path = account_uri(self.settings.account, "Messages.json") if is_request else "twiml"
        subject = Subject(path, "POST", text.recipient)
        fault, fate = self.faults.strike(RECEIPTS, subject), self.faults.strike(FATE, subject)
        sid = new_sid("MM" if text.media_urls else "SM")
        message = {
            "sid": sid,
            "direction": text.direction,
            "sender": text.sender,
            "recipient": text.recipient,
            "body": text.body,
            # A service has yet to choose the number, hence one step more.
            "status": "accepted" if text.service_sid else "queued",
            "service_sid": text.service_sid,
            "callback": text.callback,
            "num_media": len(text.media_urls),
        }
        return self.store.keep(
            "messages",
            message,
            media=[(new_sid("ME"), "image/jpeg", url.encode()) for url in text.media_urls],
            owed=plan_receipts(sid, self.settings.status_delay, fault, fate),
            ledger=("message", text.body) if is_request else None,
        )

    def move_message(self, sid: str, payload: Mapping[str, Any]) -> None:
        """One step on a message's way: its status goes forward; a receipt is posted if the step tells."""
        status, code, now = payload["status"], payload.get("error_code"), moment()
        behind = [name for name, rank in RANK.items() if rank < RANK[status]]
        sent_at = now if RANK[status] >= RANK["sent"] else None
        self.store.change(
            "UPDATE messages SET status = ?, error_code = ?, updated_at = ?, sent_at = COALESCE(sent_at, ?)"
            " WHERE sid = ? AND status IN (SELECT value FROM json_each(?))",
            *(status, code, now, sent_at, sid, json.dumps(behind)),
        )
        message = self.store.find("messages", sid)
        if message is not None and message["callback"] and payload["tells"]:
            form = self._receipt(message, status, code)
            self.webhooks.post(message["callback"], form, f"{sid} {status}")

    def _receipt(self, message: sqlite3.Row, status: str, code: int | None) -> dict[str, str]:
        form = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.settings.account,
            "From": message["sender"],
            "To": message["recipient"],
            "ApiVersion": "2010-04-01",
        }
        if code:
            form["ErrorCode"] = str(code)
        if message["service_sid"]:
            form["MessagingServiceSid"] = message["service_sid"]
        return form

    def is_opted_out(self, ours: str, phone: str) -> bool:
        """Whether the network blocks texts from this number of ours to this phone."""
        found = self.store.row("SELECT 1 FROM opt_outs WHERE ours = ? AND phone = ?", ours, phone)
        return found is not None and self.settings.opt_out != "off"
