"""Phone calls by the stand-in: they ring until somebody answers, and do roughly what the TwiML says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from xml.etree import ElementTree  # noqa: S405 - for its types alone

from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_network import Network, is_phone_number
from smsbot.simulator.provider_resources import call_json
from smsbot.simulator.provider_state import Owed, moment, new_sid
from smsbot.simulator.provider_webhooks import Answer

_BEFORE_ANSWER = ("queued", "ringing")
# From where a call may come to a status; to every other one, from before the answer.
_EARLIER = {"ringing": ("queued",), "completed": ("in-progress",)}
_EVENTS = {"ringing": "ringing", "in-progress": "answered"}  # every other status is the event `completed`
UNANSWERED = ("busy", "no-answer", "failed", "canceled")
_MOST_DOCUMENTS = 20
_TALK_SECONDS = 65  # how long the dialled phone's call is said to have lasted


def place_call(network: Network, form: Mapping[str, str], events: list[str]) -> sqlite3.Row:
    """Accept a call to a phone. Raises ApiError when the provider would refuse it."""
    wrongs = (
        (21211, not is_phone_number(form.get("To", ""))),
        (21210, network.number_urls(form.get("From", "")) is None),
        (21205, not form.get("Url") and not form.get("Twiml")),
    )
    for code, is_wrong in wrongs:
        if is_wrong:
            raise ApiError(code)
    sid, delay = new_sid("CA"), network.settings.status_delay
    rings = float(form.get("Timeout") or network.settings.ring_seconds)
    call = {
        "sid": sid,
        "direction": "outbound-api",
        "sender": form["From"],
        "recipient": form["To"],
        "status": "queued",
        "url": form.get("Url"),
        "twiml": form.get("Twiml"),
        "fallback_url": form.get("FallbackUrl"),
        "callback": form.get("StatusCallback"),
        "events": json.dumps(events or ["completed"]),
        "detects_machines": bool(form.get("MachineDetection")),
    }
    steps = ((delay / 2, "ringing"), (delay / 2 + rings, "no-answer"))
    owed = [Owed(after, "call", f"{sid} {status}", {"status": status}) for after, status in steps]
    return network.store.keep("calls", call, owed=owed, ledger=("call", form.get("Twiml") or form["Url"]))


def move_call(network: Network, sid: str, status: str) -> bool:
    """Take a call forward to this status and tell its callback; False when it is past that."""
    earlier, now = _EARLIER.get(status, _BEFORE_ANSWER), moment()
    started = now if status == "in-progress" else None
    ended = None if status in _EVENTS else now
    changed = network.store.change(
        "UPDATE calls SET status = ?, updated_at = ?, started_at = COALESCE(started_at, ?), ended_at = ?"
        " WHERE sid = ? AND status IN (SELECT value FROM json_each(?))",
        *(status, now, started, ended, sid, json.dumps(earlier)),
    )
    call = network.store.find("calls", sid)
    is_told = call is not None and _EVENTS.get(status, "completed") in json.loads(call["events"])
    if changed and call is not None and call["callback"] and is_told:
        network.webhooks.post(call["callback"], call_form(network, call), f"{sid} {status}")
    return changed > 0


def call_form(network: Network, call: sqlite3.Row) -> dict[str, str]:
    """What every webhook about a call carries."""
    form = {
        "CallSid": call["sid"],
        "AccountSid": network.settings.account,
        "From": call["sender"],
        "To": call["recipient"],
        "Caller": call["sender"],
        "Called": call["recipient"],
        "CallStatus": call["status"],
        "Direction": call["direction"],
        "ApiVersion": "2010-04-01",
    }
    duration = call_json(network.settings.account, call)["duration"]
    if duration is not None:
        form["CallDuration"] = duration
    if call["answered_by"]:
        form["AnsweredBy"] = call["answered_by"]
    return form


def answer_call(network: Network, sid: str, digits: list[str], answered_by: str) -> dict[str, Any]:
    """Somebody (`human`) or something (`machine_start`) picks up, listens, and types at each question.

    Gives the call as JSON with `heard` (what was said) and `posted` (each webhook: `url`, `status_code`,
    `error_code`). Raises ApiError when the call no longer rings.
    """
    call = network.store.find("calls", sid)
    if call is None:
        raise ApiError(20404)
    if call["detects_machines"]:
        network.store.change("UPDATE calls SET answered_by = ? WHERE sid = ?", answered_by, sid)
    if not move_call(network, sid, "in-progress"):
        raise ApiError(21220)
    heard: list[str] = []
    posted = _hold_conversation(network, sid, list(digits), heard)
    network.store.change("UPDATE calls SET heard = ? WHERE sid = ?", json.dumps(heard), sid)
    move_call(network, sid, "completed")
    ended = network.store.find("calls", sid) or call
    return call_json(network.settings.account, ended) | {"heard": heard, "posted": posted}


def _hold_conversation(
    network: Network, sid: str, digits: list[str], heard: list[str]
) -> list[dict[str, Any]]:
    call = network.store.find("calls", sid)
    if call is None:
        return []
    form, posted = call_form(network, call), []
    if call["twiml"]:
        answer = Answer(call["url"] or "", 200, call["twiml"], "text/xml")
    else:
        answer = network.webhooks.fetch_twiml(call["url"] or "", call["fallback_url"] or "", form, sid)
        posted.append(_posted(answer))
    for document in range(_MOST_DOCUMENTS):
        dial = partial(_dial, network, call)
        onward = None if answer.error_code else perform(answer.verbs(), digits, heard, dial)
        if onward is None:
            break
        url, typed = onward
        key = f"{sid} {document}"
        answer = network.webhooks.fetch_twiml(
            answer.resolve(url), call["fallback_url"] or "", form | typed, key
        )
        posted.append(_posted(answer))
    return posted


def _posted(answer: Answer) -> dict[str, Any]:
    return {"url": answer.url, "status_code": answer.status, "error_code": answer.error_code}


def _dial(
    network: Network, call: sqlite3.Row, verb: ElementTree.Element, digits: list[str]
) -> dict[str, str]:
    """Ring further phones: what the action is told. They pick up at once and hang up.

    Unless the next of `digits` says how it goes instead: busy, no-answer, failed or canceled.
    """
    status = digits.pop(0) if digits and digits[0] in UNANSWERED else "completed"
    now, sid = moment(), new_sid("CA")
    for number in verb.iter("Number"):
        leg = {
            "sid": sid,
            "direction": "outbound-dial",
            "sender": verb.get("callerId") or call["sender"],
            "recipient": "".join(number.itertext()).strip(),
            "status": status,
            "events": "[]",
            "detects_machines": False,
            "started_at": now if status == "completed" else None,
            "ended_at": now + (_TALK_SECONDS if status == "completed" else 0),
        }
        network.store.keep("calls", leg)
        break  # the first picks up: the others never rang
    talked = {"DialCallDuration": str(_TALK_SECONDS)} if status == "completed" else {}
    return {"DialCallSid": sid, "DialCallStatus": status, **talked}


def perform(
    verbs: Iterable[ElementTree.Element],
    digits: list[str],
    heard: list[str],
    dial: Callable[[ElementTree.Element, list[str]], dict[str, str]] | None = None,
) -> tuple[str, dict[str, str]] | None:
    """Do what one document says, adding to `heard`, taking from `digits`; where the call goes on.

    `dial` rings the phones of a <Dial>; without it nobody is rung.
    """
    for verb in verbs:
        heard.extend("".join(say.itertext()).strip() for say in verb.iter("Say"))
        if verb.tag == "Gather" and digits:
            typed = digits.pop(0)[: int(verb.get("numDigits") or 99)]
            return verb.get("action", ""), {"Digits": typed}
        if verb.tag == "Dial" and dial is not None:
            result = dial(verb, digits)
            if verb.get("action"):
                return verb.get("action", ""), result
        if verb.tag == "Redirect":
            return (verb.text or "").strip(), {}
        if verb.tag in ("Hangup", "Reject"):
            return None
    return None
