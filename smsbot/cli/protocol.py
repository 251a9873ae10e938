"""`smsbot protocol`: the triage protocols that were used, what they say, and who signed them off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from smsbot import protocols, wiring
from smsbot.models import Protocol
from smsbot.protocols import LONGEST_NAME, ProtocolError
from smsbot.triage.rulebook import Rulebook, load_rulebook
from smsbot.wiring import Wiring, clinic_folder

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_HEAD = 12  # digits of a checksum that are shown; as many as stand in `engine` of a reading


@click.group()
def protocol() -> None:
    """The triage protocols that were used, by checksum, and their sign-off."""


@protocol.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line each.")
def list_(as_json: bool) -> None:
    """Every protocol ever used, the newest first."""
    parts = wiring.build()
    now = _book_in_force(parts).checksum
    query = select(Protocol).options(defer(Protocol.content)).order_by(Protocol.first_used_at.desc())
    with parts.db.reading() as session:
        rows = [_row(one, now) for one in session.scalars(query)]
    if not rows:
        click.echo("No protocol is stored yet: the first start of the web process stores it.", err=True)
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else _line(row))


@protocol.command()
@click.argument("checksum")
@click.option("--json", "as_json", is_flag=True, help="As stored: [[file, table], ...].")
def show(checksum: str, as_json: bool) -> None:
    """What the rule files of a protocol say; CHECKSUM or at least its first 8 digits."""
    try:
        with wiring.build().db.reading() as session:
            found = protocols.find_protocol(session, checksum)
        files = protocols.files_of(found)
    except ProtocolError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(found.content)
        return
    for name, table in files:
        click.echo(f"# {'-' * 10} {name}\n{as_toml(table)}")


@protocol.command("sign")
@click.option("--by", required=True, metavar="NAME", help="Who takes responsibility, as they sign.")
@click.option("--checksum", help="Which protocol; without it, the one of the rule files as they are now.")
def sign_(by: str, checksum: str | None) -> None:
    """Write down that a protocol was signed off. The signed form (docs/protocol.md) is the clinic's."""
    name = by.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise click.BadParameter(f"give a name of at most {LONGEST_NAME} characters.", param_hint="--by")
    parts = wiring.build()
    try:
        chosen = _to_sign(parts, checksum)
    except ProtocolError as error:
        raise click.ClickException(str(error)) from error
    with parts.db.writing() as session:
        before = _signature(session, chosen)
        protocols.sign(session, chosen, name)
    click.echo(chosen)
    click.echo(f"Signed off by {name}." + (f" Before: {before}." if before else ""), err=True)


def as_toml(table: dict[str, Any]) -> str:
    """A rule file as a person reads it; reads back as the same table."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict) and key != "rule"}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += ["", f"[{_key(key)}]", *_pairs(value)]
    for rule in table.get("rule", []):
        lines += ["", "[[rule]]", *_pairs(rule)]
    return "\n".join(lines) + "\n"


def _pairs(table: dict[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in table.items())


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    if not isinstance(value, str):
        return json.dumps(value) if isinstance(value, bool) else repr(value)
    if "'''" in value or value.endswith("'") or not value.replace("\n", "").isprintable():
        return _text(value)
    if "\n" in value:
        return f"'''\n{value}'''"
    return f"'{value}'" if "'" not in value else _text(value)


def _text(value: str) -> str:
    return _NOT_ASCII.sub(_shown, json.dumps(value, ensure_ascii=False))


def _shown(character: re.Match[str]) -> str:
    """Nothing that a terminal could obey, or that turns the text around it."""
    sign = character.group(0)
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def _to_sign(parts: Wiring, checksum: str | None) -> str:
    """The whole checksum of a stored protocol; the one of the rule files is stored if it was not used yet."""
    book = _book_in_force(parts)
    prefix = protocols.checksum_prefix(checksum) if checksum is not None else ""
    if prefix is not None and book.checksum.startswith(prefix):
        protocols.store_protocol(parts.db, book)
    with parts.db.reading() as session:
        return protocols.find_protocol(session, checksum or book.checksum).checksum


def _book_in_force(parts: Wiring) -> Rulebook:
    return load_rulebook(clinic_folder(parts.settings, "rules"))


def _signature(session: Session, checksum: str) -> str:
    """Who signed it off and when, "" if nobody has."""
    found = session.get_one(Protocol, checksum, options=[defer(Protocol.content)])
    return f"{found.signed_by}, {found.signed_at:%Y-%m-%d}" if found.signed_at else ""


def _row(one: Protocol, in_force: str) -> dict[str, Any]:
    return {
        "checksum": one.checksum,
        "is_edited": one.is_edited,
        "is_in_force": one.checksum == in_force,
        "first_used_at": one.first_used_at.isoformat(),
        "signed_by": one.signed_by,
        "signed_at": one.signed_at.isoformat() if one.signed_at else None,
    }


def _line(row: dict[str, Any]) -> str:
    rules = "edited" if row["is_edited"] else "as shipped"
    signed = f"signed {row['signed_at'][:10]} by {row['signed_by']}" if row["signed_at"] else "not signed"
    now = "  in force" if row["is_in_force"] else ""
    return f"{row['checksum'][:_HEAD]}  {row['first_used_at'][:16]}  {rules:10}  {signed}{now}"
