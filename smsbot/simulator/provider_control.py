"""The phones' side of the stand-in, under /_control: people's texts, fault script, outside ledger."""

from __future__ import annotations

import base64
import ipaddress
import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, request

from smsbot.simulator import provider_calls as calls
from smsbot.simulator.provider_callbacks import Pump
from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_gate import network, require_account
from smsbot.simulator.provider_inbound import deliver, owe_delivery, receive
from smsbot.simulator.provider_media import list_media_requests
from smsbot.simulator.provider_resources import call_json, media_json, message_json

control = Blueprint("control", __name__, url_prefix="/_control")
_SETTINGS = {"status_delay": float, "ring_seconds": float, "opt_out": str, "service_sid": str}


@control.before_request
def _guard() -> None:
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - stands for "unknown"
        abort(403)
    require_account()


def asked() -> dict[str, Any]:
    """The JSON object of the request. Raises ApiError when it is none."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ApiError(20001, "a JSON object is needed")
    return body


def phone_number(text: str) -> str:
    """A number of a URL, where a plus sign that was not escaped has become a space."""
    return "+" + text[1:] if text.startswith(" ") else text


def moment_of(at: float) -> str:
    """A moment with its fractions of a second, UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def phone_message(row: sqlite3.Row) -> dict[str, Any]:
    """A message as its phone knows it: with its media and the exact moment `at`."""
    account = network().settings.account
    media = network().store.rows("SELECT * FROM media WHERE message_sid = ? ORDER BY seq", row["sid"])
    extras = {"media": [media_json(account, item) for item in media], "at": moment_of(row["created_at"])}
    return message_json(account, row) | extras


@control.post("/texts")
def take_text() -> dict[str, Any]:
    """Somebody texts the clinic: `from`, `body`, and perhaps `to`, `media`, `sid`, `wait`, `deliver`."""
    text = asked()
    sid = receive(
        network(),
        text["from"],
        text.get("to") or network().first_number(),
        text.get("body", ""),
        media=[(item["content_type"], base64.b64decode(item["data"])) for item in text.get("media", [])],
        base_url=request.host_url,
        sid=text.get("sid"),
    )
    is_delivered = text.get("deliver", True)
    if is_delivered and text.get("wait"):
        return deliver(network(), sid)
    if is_delivered:
        owe_delivery(network(), sid)
    return {"sid": sid}


@control.post("/replay")
def replay() -> dict[str, Any]:
    """The webhook of `sid` again: `copies` at once, after `delay` seconds; with `wait` their `deliveries`."""
    order = asked()
    sid, copies, delay = order["sid"], int(order.get("copies", 1)), float(order.get("delay", 0))
    if network().store.find("messages", sid) is None:
        raise ApiError(20404)
    if not order.get("wait"):
        owe_delivery(network(), sid, delay, copies)
        return {"sid": sid}
    network().stopping.wait(delay)
    pump: Pump = current_app.extensions["pump"]
    racing = [pump.pool.submit(deliver, network(), sid) for _ in range(copies)]
    return {"sid": sid, "deliveries": [one.result() for one in racing]}


@control.get("/messages")
def list_messages() -> list[dict[str, Any]]:
    """All messages, or those `with` one number; oldest first."""
    return thread(phone_number(request.args.get("with", "")))


@control.get("/phones/<number>")
def show_thread(number: str) -> list[dict[str, Any]]:
    """The thread of one phone, both ways, oldest first."""
    return thread(phone_number(number))


def thread(number: str) -> list[dict[str, Any]]:
    """The messages of a number, all for an empty one. What the clinic had deleted is still on the phone."""
    sql = "SELECT * FROM messages WHERE ? IN ('', sender, recipient) ORDER BY seq"
    return [phone_message(row) for row in network().store.rows(sql, number)]


@control.get("/calls")
def list_calls() -> list[dict[str, Any]]:
    """All calls, oldest first, with what was `heard`."""
    account, rows = network().settings.account, network().store.rows("SELECT * FROM calls ORDER BY seq")
    return [call_json(account, row) | {"heard": json.loads(row["heard"] or "[]")} for row in rows]


@control.post("/calls/<sid>/answer")
def answer_call(sid: str) -> dict[str, Any]:
    """Pick up as `answered_by` and type `digits`, one string a question; or end unanswered in `status`."""
    answer = asked()
    if answer.get("status") not in calls.UNANSWERED:
        return calls.answer_call(network(), sid, digits_of(answer), answer.get("answered_by", "human"))
    if not calls.move_call(network(), sid, answer["status"]):
        raise ApiError(21220)
    return {"sid": sid, "status": answer["status"]}


def digits_of(order: dict[str, Any]) -> list[str]:
    """What is typed at each question: a list, or a string for the first."""
    digits = order.get("digits") or []
    return [digits] if isinstance(digits, str) else [str(typed) for typed in digits]


@control.get("/ledger")
def show_ledger() -> list[dict[str, Any]]:
    """Every create request accepted, in order: `kind` (message, call), `sid`, `from`, `to`, `body`, `at`."""
    return [
        {
            "kind": row["kind"],
            "sid": row["sid"],
            "from": row["sender"],
            "to": row["recipient"],
            "body": row["body"],
            "at": moment_of(row["accepted_at"]),
        }
        for row in network().store.rows("SELECT * FROM ledger ORDER BY seq")
    ]


@control.get("/media-requests")
def show_media_requests() -> list[dict[str, Any]]:
    """Every request for an attachment's bytes, in order, and whether credentials came along."""
    return list_media_requests()


@control.route("/faults", methods=["GET", "POST", "DELETE"])
def script_faults() -> list[dict[str, Any]]:
    """The fault script: read it, add a list of rules, or end it. Answers with what is in force."""
    rules: Any = request.get_json(silent=True) if request.method == "POST" else []
    try:
        network().faults.add(rules)
    except (ValueError, TypeError, AttributeError) as error:
        raise ApiError(20001, f"a list of rules is needed: {error}") from error
    if request.method == "DELETE":
        network().faults.clear()
    return network().faults.listed()


@control.post("/settings")
def change_settings() -> dict[str, Any]:
    """Change `status_delay`, `ring_seconds`, `opt_out` or `service_sid` until the next start."""
    changes = asked()
    if set(changes) - set(_SETTINGS):
        raise ApiError(20001, f"settings are {', '.join(_SETTINGS)}")
    for name, value in changes.items():
        setattr(network().settings, name, None if value is None else _SETTINGS[name](value))
    return {name: getattr(network().settings, name) for name in _SETTINGS}


@control.post("/reset")
def reset() -> dict[str, Any]:
    """Forget all messages, calls, opt-outs, faults and the ledger; the numbers stay."""
    network().store.reset()
    return {}
