"""The provider's REST API, version 2010-04-01: what the SDK talks to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from smsbot.simulator import provider_calls as calls
from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_faults import REQUEST, Rule, Subject
from smsbot.simulator.provider_gate import network, require_account, spoil
from smsbot.simulator.provider_media import note_media_request
from smsbot.simulator.provider_network import Outbound
from smsbot.simulator.provider_resources import (
    NUMBER_URLS,
    VERSION,
    account_uri,
    call_json,
    media_json,
    message_json,
    number_json,
)

rest = Blueprint("rest", __name__, url_prefix=f"/{VERSION}/Accounts/<account>")
Render = Callable[[str, sqlite3.Row], dict[str, Any]]


@rest.url_value_preprocessor
def _take_account(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.account = (values or {}).pop("account", "").removesuffix(".json")


@rest.before_request
def _check_request() -> Response | None:
    require_account()
    if g.account != network().settings.account:
        raise ApiError(20404)
    to = request.form.get("To") or request.args.get("To") or ""
    g.fault = network().faults.strike(REQUEST, Subject(request.path, request.method, to))
    return None if g.fault is None or g.fault.accept else spoil(g.fault)


@rest.after_request
def _spoil_answer(response: Response) -> Response:
    fault: Rule | None = g.get("fault")
    if fault is None or not fault.accept or response.status_code >= 400:
        return response
    return spoil(fault) or response


# Lists


def listing(table: str, key: str, filters: dict[str, Any], render: Render) -> Response:
    """One page of a list, as the SDK follows it: `next_page_uri` carries the filters on."""
    number, size = _count("Page", 0), min(max(_count("PageSize", 50), 1), 1000)
    # One row too many is asked for, to know whether there is a next page.
    bound = _count("PageToken", network().store.newest(table))
    rows = network().store.page(table, filters, bound, number * size, size + 1)
    has_more, rows = len(rows) > size, rows[:size]
    kept = {name: value for name, value in request.args.items() if name not in ("Page", "PageToken")}

    def uri(page: int) -> str:
        return f"{request.path}?{urlencode(kept | {'PageSize': size, 'Page': page, 'PageToken': bound})}"

    return jsonify(
        {
            key: [render(g.account, row) for row in rows],
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(len(rows) - 1, 0),
            "uri": uri(number),
            "first_page_uri": uri(0),
            "previous_page_uri": uri(number - 1) if number else None,
            "next_page_uri": uri(number + 1) if has_more else None,
        }
    )


def _count(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdigit() else default


def filters_of(**columns: str) -> dict[str, Any]:
    """Equality filters: for each column the query parameter that asks for it, where it was given."""
    return {f"{column} = ?": request.args[name] for column, name in columns.items() if name in request.args}


def date_filters(name: str, column: str) -> dict[str, Any]:
    """The filters `Name`, `Name>` and `Name<`: both ends count; a bare day means all of it."""
    filters: dict[str, Any] = {}
    for sign, wants_start, wants_end in (("", True, True), (">", True, False), ("<", False, True)):
        text = request.args.get(name + sign)
        if not text:
            continue
        start, end = span(text)
        if wants_start:
            filters[f"CAST({column} AS INTEGER) >= ?"] = start
        if wants_end:
            filters[f"CAST({column} AS INTEGER) < ?"] = end
    return filters


def span(text: str) -> tuple[float, float]:
    """First second, and the one after the last, of a day or a moment. Raises ApiError when it is neither."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(20001) from error
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    length = timedelta(days=1) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else timedelta(seconds=1)
    return start.timestamp(), (start + length).timestamp()


def found(table: str, sid: str) -> sqlite3.Row:
    """The record. Raises ApiError when there is none."""
    row = network().store.find(table, sid)
    if row is None or (table == "messages" and row["is_deleted"]):
        raise ApiError(20404)
    return row


# The account and its numbers


@rest.get("")
def fetch_account() -> dict[str, Any]:
    return {
        "sid": g.account,
        "owner_account_sid": g.account,
        "friendly_name": "Stand-in",
        "status": "active",
        "type": "Full",
        "uri": f"{account_uri(g.account)}.json",
        "subresource_uris": {"messages": account_uri(g.account, "Messages.json")},
    }


@rest.get("/IncomingPhoneNumbers.json")
def list_numbers() -> Response:
    return listing("numbers", "incoming_phone_numbers", filters_of(number="PhoneNumber"), number_json)


@rest.get("/IncomingPhoneNumbers/<sid>.json")
def fetch_number(sid: str) -> dict[str, Any]:
    return number_json(g.account, found("numbers", sid))


@rest.post("/IncomingPhoneNumbers/<sid>.json")
def update_number(sid: str) -> dict[str, Any]:
    named = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): value for name, value in request.form.items()}
    changes = {name: value for name, value in named.items() if name in NUMBER_URLS}
    network().set_number(found("numbers", sid)["number"], **changes)
    return number_json(g.account, found("numbers", sid))


# Messages


@rest.post("/Messages.json")
def create_message() -> tuple[dict[str, Any], int]:
    form, service_sid = request.form, request.form.get("MessagingServiceSid")
    sender = form.get("From") or (network().first_number() if service_sid else None)
    if sender is None:
        raise ApiError(21603)
    text = Outbound(
        "outbound-api",
        sender,
        form.get("To", ""),
        form.get("Body", ""),
        callback=form.get("StatusCallback"),
        media_urls=form.getlist("MediaUrl"),
        service_sid=service_sid,
    )
    return message_json(g.account, network().send(text)), 201


@rest.get("/Messages.json")
def list_messages() -> Response:
    filters = filters_of(recipient="To", sender="From") | date_filters(
        "DateSent", "COALESCE(sent_at, created_at)"
    )
    return listing("messages", "messages", filters | {"is_deleted = ?": 0}, message_json)


@rest.get("/Messages/<sid>.json")
def fetch_message(sid: str) -> dict[str, Any]:
    return message_json(g.account, found("messages", sid))


@rest.delete("/Messages/<sid>.json")
def delete_message(sid: str) -> tuple[str, int]:
    found("messages", sid)
    with network().store.writing() as db:
        # The provider forgets; the phone that got it does not.
        db.execute("UPDATE messages SET is_deleted = 1 WHERE sid = ?", (sid,))
        db.execute("DELETE FROM media WHERE message_sid = ?", (sid,))
    return "", 204


@rest.get("/Messages/<sid>/Media.json")
def list_media(sid: str) -> Response:
    found("messages", sid)
    return listing("media", "media_list", {"message_sid = ?": sid}, media_json)


@rest.get("/Messages/<message_sid>/Media/<sid>.json")
def fetch_media(message_sid: str, sid: str) -> dict[str, Any]:
    return media_json(g.account, found_media(message_sid, sid))


@rest.get("/Messages/<message_sid>/Media/<sid>")
def fetch_media_bytes(message_sid: str, sid: str) -> Response:
    media = found_media(message_sid, sid)
    note_media_request(sid)
    return Response(media["data"], content_type=media["content_type"])


@rest.delete("/Messages/<message_sid>/Media/<sid>.json")
def delete_media(message_sid: str, sid: str) -> tuple[str, int]:
    network().store.change("DELETE FROM media WHERE sid = ?", found_media(message_sid, sid)["sid"])
    return "", 204


def found_media(message_sid: str, sid: str) -> sqlite3.Row:
    """The attachment of that message. Raises ApiError when there is none."""
    found("messages", message_sid)
    media = found("media", sid)
    if media["message_sid"] != message_sid:
        raise ApiError(20404)
    return media


# Calls


@rest.post("/Calls.json")
def create_call() -> tuple[dict[str, Any], int]:
    call = calls.place_call(network(), request.form, request.form.getlist("StatusCallbackEvent"))
    return call_json(g.account, call), 201


@rest.get("/Calls.json")
def list_calls() -> Response:
    filters = filters_of(recipient="To", sender="From", status="Status")
    return listing("calls", "calls", filters | date_filters("StartTime", "created_at"), call_json)


@rest.get("/Calls/<sid>.json")
def fetch_call(sid: str) -> dict[str, Any]:
    return call_json(g.account, found("calls", sid))


@rest.post("/Calls/<sid>.json")
def update_call(sid: str) -> dict[str, Any]:
    found("calls", sid)
    status, new = request.form.get("Status"), {name: request.form.get(name) for name in ("Url", "Twiml")}
    if status in ("canceled", "completed"):
        # Completing a call that still rings cancels it, as the provider does.
        if not calls.move_call(network(), sid, status) and not calls.move_call(network(), sid, "canceled"):
            raise ApiError(21220)
    elif new["Url"] or new["Twiml"]:
        network().store.change("UPDATE calls SET url = ?, twiml = ? WHERE sid = ?", *new.values(), sid)
    return call_json(g.account, found("calls", sid))
