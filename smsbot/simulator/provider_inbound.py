"""What becomes of a text from a phone: kept, held against the opt-out words, delivered, answered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree  # noqa: S405 - for its types alone

from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_network import Network, Outbound
from smsbot.simulator.provider_resources import VERSION, account_uri, message_json, segments
from smsbot.simulator.provider_state import Owed, moment, new_sid
from smsbot.simulator.provider_webhooks import Answer

# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
NETWORK_WORDS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this"
    " number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help."
    " Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def opt_out_type(body: str, *, is_opted_out: bool) -> str | None:
    """STOP, START or HELP when the whole text is such a word; START only from who is out: YES means more."""
    word = body.strip().upper()
    if word in _STOP:
        return "STOP"
    if word in _START and is_opted_out:
        return "START"
    return "HELP" if word in _HELP else None


def receive(
    network: Network,
    sender: str,
    recipient: str,
    body: str,
    *,
    media: Sequence[tuple[str, bytes]] = (),
    base_url: str = "",
    sid: str | None = None,
) -> str:
    """Keep a text from a phone, and act on opt-out words; its sid. `media` are type and bytes.

    Raises ApiError when `recipient` is no number of the account, or `sid` is taken.
    """
    if network.number_urls(recipient) is None:
        raise ApiError(20001, "'to' is not a number of this account")
    if sid and network.store.find("messages", sid):
        raise ApiError(20001, "this sid is taken")
    sid = sid or new_sid("MM" if media else "SM")
    kept = [(new_sid("ME"), content_type, data) for content_type, data in media]
    form = _form(network, sid, sender, recipient, body) | {"NumMedia": str(len(kept))}
    for index, (media_sid, content_type, _) in enumerate(kept):
        path = account_uri(network.settings.account, "Messages", sid, "Media", media_sid)
        form |= {f"MediaUrl{index}": urljoin(base_url, path), f"MediaContentType{index}": content_type}
    opt_out = _act_on_opt_out(network, recipient, sender, body)
    if opt_out and network.settings.opt_out == "advanced":
        form["OptOutType"] = opt_out
    message = {
        "sid": sid,
        "direction": "inbound",
        "sender": sender,
        "recipient": recipient,
        "body": body,
        "status": "received",
        "service_sid": network.settings.service_sid,
        "num_media": len(kept),
        "form": json.dumps(form),
        "sent_at": moment(),
    }
    network.store.keep("messages", message, media=kept)
    if opt_out:
        network.keep_outbound(Outbound("outbound-reply", recipient, sender, NETWORK_WORDS[opt_out]))
    return sid


def _form(network: Network, sid: str, sender: str, recipient: str, body: str) -> dict[str, str]:
    form = {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip")}
    form |= dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid)
    form |= {"From": sender, "To": recipient, "Body": body, "FromCountry": "US", "ToCountry": "US"}
    form |= {"AccountSid": network.settings.account, "SmsStatus": "received", "ApiVersion": VERSION}
    if network.settings.service_sid:
        form["MessagingServiceSid"] = network.settings.service_sid
    return form | {"NumSegments": str(segments(body))}


def _act_on_opt_out(network: Network, ours: str, phone: str, body: str) -> str | None:
    if network.settings.opt_out == "off":
        return None
    kind = opt_out_type(body, is_opted_out=network.is_opted_out(ours, phone))
    if kind == "STOP":
        network.store.change("INSERT OR IGNORE INTO opt_outs (ours, phone) VALUES (?, ?)", ours, phone)
    elif kind == "START":
        network.store.change("DELETE FROM opt_outs WHERE ours = ? AND phone = ?", ours, phone)
    return kind


def owe_delivery(network: Network, sid: str, after: float = 0.0, copies: int = 1) -> None:
    """Post the webhook of a kept text `after` seconds from now; the copies race each other."""
    network.store.owe(sid, [Owed(after, "text", new_sid("WH"), {}) for _ in range(copies)])


def deliver(network: Network, sid: str) -> dict[str, Any]:
    """Post the webhook of a kept text, and send what the answer says.

    Gives `sid`, `status_code` (0: nobody answered), `body`, `content_type`, `error_code` (the provider's),
    `url` (the one that answered), `messages` and `refused` (codes of replies that may not be sent).
    Raises ApiError when no such text came from a phone.
    """
    message = network.store.find("messages", sid)
    if message is None or message["form"] is None:
        raise ApiError(20404)
    urls = network.number_urls(message["recipient"]) or {}
    fallback_url = urls.get("sms_fallback_url", "")
    answer = network.webhooks.fetch_twiml(
        urls.get("sms_url", ""), fallback_url, json.loads(message["form"]), sid
    )
    sent, refused = _send_replies(network, message, answer)
    return {
        "sid": sid,
        "status_code": answer.status,
        "body": answer.body,
        "content_type": answer.content_type,
        "error_code": answer.error_code,
        "url": answer.url,
        "messages": sent,
        "refused": refused,
    }


def _send_replies(
    network: Network, inbound: sqlite3.Row, answer: Answer
) -> tuple[list[dict[str, Any]], list[int]]:
    sent: list[dict[str, Any]] = []
    refused: list[int] = []
    is_forgotten = network.store.find("messages", inbound["sid"]) is None  # reset came while we waited
    if answer.error_code or is_forgotten:
        return sent, refused
    for verb in (verb for verb in answer.verbs() if verb.tag == "Message"):
        try:
            sent.append(message_json(network.settings.account, _send_reply(network, inbound, answer, verb)))
        except ApiError as error:
            refused.append(error.code)
    return sent, refused


def _send_reply(
    network: Network, inbound: sqlite3.Row, answer: Answer, verb: ElementTree.Element
) -> sqlite3.Row:
    body = verb.findtext("Body") if verb.find("Body") is not None else verb.text
    callback = verb.get("statusCallback")
    text = Outbound(
        "outbound-reply",
        verb.get("from", inbound["recipient"]),
        verb.get("to", inbound["sender"]),
        (body or "").strip(),
        callback=answer.resolve(callback) if callback else None,
        media_urls=[answer.resolve((part.text or "").strip()) for part in verb.findall("Media")],
    )
    return network.send(text)
