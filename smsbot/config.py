"""Settings from the environment and `.env`, checked as a whole: every error is named at once."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers
from dotenv import dotenv_values

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
PROJECT_ROOT = Path(__file__).resolve().parent.parent

# name -> what it is, as `.env.example` and the docs say it
SETTINGS: Mapping[str, str] = {
    "SMSBOT_HOME": "folder of all state (default: var/ in the project root)",
    "DATABASE_URL": "database (default: SQLite in the home); postgresql://user:password@host/name",
    "REDIS_URL": "Redis for the job queue (default: an embedded server in the home)",
    "PUBLIC_URL": "address under which the provider and staff reach us (default: http://localhost:PORT)",
    "BIND": "address to listen on (default: 127.0.0.1)",
    "PORT": "port to listen on (default: 8080)",
    "TWILIO_ACCOUNT_SID": "account at the provider; without it the home is a simulator",
    "TWILIO_AUTH_TOKEN": "its token; signs every webhook",
    "TWILIO_AUTH_TOKEN_SECONDARY": "second token that is valid while tokens are rotated",
    "TWILIO_FROM": "the clinic's number, +1…",
    "TWILIO_MESSAGING_SERVICE_SID": "messaging service to send through, instead of TWILIO_FROM",
    "TWILIO_API_URL": "base of the provider's REST API, for stand-ins",
    "CLINIC_FILE": "the clinic profile (default: clinic.toml in the home, else the shipped sample)",
    "SMSBOT_KEYS": "key file (default: keys.json in the home, made at the first run: back it up)",
    "SMTP_URL": "mail server for alerts by e-mail, smtp://user:password@host:587 or smtps://…:465",
    "MAIL_FROM": "sender of e-mails; needed with SMTP_URL",
    "PUSH_URLS": "where alerts are pushed (Slack, Teams, ntfy …): addresses for apprise, between spaces",
    "HEARTBEAT_URL": "pinged after each finished sweep while nothing due is old",
    "METRICS_TOKEN": "lets other hosts read /metrics with `Authorization: Bearer …`",
}


class SettingsError(Exception):
    """Settings that cannot work. Its text lists every error with what to do."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(["These settings need mending:", *(f"  - {error}" for error in errors)]))


@dataclass(frozen=True)
class Settings:
    """What the operator set, checked. Secrets stay out of `repr`."""

    home: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    public_url: str
    bind: str
    port: int
    account_sid: str | None
    auth_tokens: tuple[str, ...] = field(repr=False)
    sender: str | None
    messaging_service_sid: str | None
    api_url: str | None
    clinic_file: Path | None
    keys_file: Path
    smtp_url: str | None = field(repr=False)
    mail_from: str | None
    push_urls: tuple[str, ...] = field(repr=False)
    heartbeat_url: str | None = field(repr=False)
    metrics_token: str | None = field(repr=False)

    @property
    def is_simulator(self) -> bool:
        """Without an account at the provider the home is a simulator."""
        return self.account_sid is None

    @property
    def provider_port(self) -> int:
        """Where the simulator's stand-in provider listens: the port after ours."""
        return self.port + 1

    @property
    def mode(self) -> str:
        """`simulator` or `live`, as stamped into the home."""
        return "simulator" if self.is_simulator else "live"


def load_settings(environ: Mapping[str, str] | None = None, root: Path = PROJECT_ROOT) -> Settings:
    """Read `.env` in the project root and the environment (which wins).

    Raises SettingsError with every error at once.
    """
    values = _read(os.environ if environ is None else environ, root)
    errors: list[str] = []
    port = _port(values, errors)
    home = Path(values.get("SMSBOT_HOME") or root / "var").expanduser().absolute()
    _check_provider(values, errors)
    settings = Settings(
        home=home,
        database_url=_database_url(values, home, errors),
        redis_url=_redis_url(values, errors),
        public_url=_public_url(values, port, errors),
        bind=_bind(values, errors),
        port=port,
        account_sid=values.get("TWILIO_ACCOUNT_SID"),
        auth_tokens=tuple(
            values[name] for name in ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY") if name in values
        ),
        sender=_number(values, "TWILIO_FROM", errors),
        messaging_service_sid=values.get("TWILIO_MESSAGING_SERVICE_SID"),
        api_url=_url(values, "TWILIO_API_URL", ("http", "https"), errors),
        clinic_file=_clinic_file(values, home, errors),
        keys_file=Path(values.get("SMSBOT_KEYS") or home / "keys.json").expanduser().absolute(),
        smtp_url=_smtp_url(values, errors),
        mail_from=_mail_from(values, errors),
        push_urls=_push_urls(values, errors),
        heartbeat_url=_url(values, "HEARTBEAT_URL", ("http", "https"), errors),
        metrics_token=values.get("METRICS_TOKEN"),
    )
    _check_exposure(settings, errors)
    if errors:
        raise SettingsError(errors)
    return settings


def _read(environ: Mapping[str, str], root: Path) -> dict[str, str]:
    dotenv = root / ".env"
    in_file = dotenv_values(dotenv) if dotenv.is_file() else {}
    merged = {name: in_file.get(name) or "" for name in SETTINGS}
    merged.update({name: environ[name] for name in SETTINGS if name in environ})
    return {name: value.strip() for name, value in merged.items() if value.strip()}


def _port(values: Mapping[str, str], errors: list[str]) -> int:
    text = values.get("PORT", "8080")
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    errors.append(f"PORT is {text!r}: give a whole number from 1 to 65535.")
    return 8080


def _bind(values: Mapping[str, str], errors: list[str]) -> str:
    bind = values.get("BIND", "127.0.0.1")
    try:
        ipaddress.ip_address(bind)
    except ValueError:
        errors.append(f"BIND is {bind!r}: give an IP address, such as 127.0.0.1 or 0.0.0.0.")
    return bind


def _database_url(values: Mapping[str, str], home: Path, errors: list[str]) -> str:
    url = values.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{home / 'smsbot.db'}"
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith(("postgresql+psycopg://", "sqlite:///")):
        errors.append("DATABASE_URL is of an unknown kind: use postgresql://… or sqlite:///path.")
    return url


def _redis_url(values: Mapping[str, str], errors: list[str]) -> str | None:
    url = values.get("REDIS_URL")
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        errors.append("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return url


def _url(values: Mapping[str, str], name: str, schemes: tuple[str, ...], errors: list[str]) -> str | None:
    url = values.get(name)
    if url and (urlsplit(url).scheme not in schemes or not urlsplit(url).netloc):
        errors.append(
            f"{name} must be an address that begins with {' or '.join(s + '://' for s in schemes)}."
        )
    return url.rstrip("/") if url else None


def _smtp_url(values: Mapping[str, str], errors: list[str]) -> str | None:
    url = _url(values, "SMTP_URL", ("smtp", "smtps"), errors)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_good = bool(parts.hostname) and parts.port != 0 and not (parts.path or parts.query)
        is_pair = (parts.username is None) == (parts.password is None)
    except ValueError:  # a port that is no number
        is_good, is_pair = False, True
    if not is_good or not is_pair:
        errors.append(
            "SMTP_URL must be smtp://user:password@host:587: a host, user and password both or neither, no "
            "path. Write @ : / and % inside the password as %40 %3A %2F %25."
        )
    if "MAIL_FROM" not in values:
        errors.append("MAIL_FROM is missing: with SMTP_URL, say from which address e-mails come.")
    if is_good and "TWILIO_ACCOUNT_SID" not in values and parts.hostname not in LOOPBACK:
        errors.append(
            "SMTP_URL names another machine, but nothing leaves a simulator: name a mail server on localhost."
        )
    return url


def _mail_from(values: Mapping[str, str], errors: list[str]) -> str | None:
    address = values.get("MAIL_FROM")
    if address is not None and not MAIL_ADDRESS.fullmatch(address):
        errors.append("MAIL_FROM must be an address alone: alerts@example.com.")
    return address


def _push_urls(values: Mapping[str, str], errors: list[str]) -> tuple[str, ...]:
    urls = tuple(values.get("PUSH_URLS", "").split())
    for place, url in enumerate(urls, start=1):
        # Never the address itself: most hold a token.
        if not re.match(r"[a-z][a-z0-9+.-]*://.", url):
            errors.append(
                f"PUSH_URLS: entry {place} must be an address of apprise, such as ntfys://host/topic."
            )
        elif "TWILIO_ACCOUNT_SID" not in values and not _is_local(url):
            errors.append(
                f"PUSH_URLS: entry {place} leads elsewhere, but nothing leaves a simulator: leave it out."
            )
    if urls and not _is_installed("apprise"):
        errors.append("PUSH_URLS needs the package apprise: run .venv/bin/pip install apprise.")
    return urls


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # it is being kept out
        return False


def _is_local(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False


def _public_url(values: Mapping[str, str], port: int, errors: list[str]) -> str:
    url = _url(values, "PUBLIC_URL", ("http", "https"), errors) or f"http://localhost:{port}"
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
        errors.append("PUBLIC_URL must begin with https://: plain http is for localhost and 127.0.0.1 alone.")
    if parts.query or parts.fragment:
        errors.append("PUBLIC_URL must have no query and no fragment.")
    return url


def _number(values: Mapping[str, str], name: str, errors: list[str]) -> str | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        errors.append(f"{name} is no phone number: give it as +15614097296.")
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _clinic_file(values: Mapping[str, str], home: Path, errors: list[str]) -> Path | None:
    if "CLINIC_FILE" in values:
        path = Path(values["CLINIC_FILE"]).expanduser().absolute()
        if not path.is_file():
            errors.append(f"CLINIC_FILE names {path}, which is not there: make it, or leave the setting out.")
        return path
    default = home / "clinic.toml"
    return default if default.is_file() else None


def _check_provider(values: Mapping[str, str], errors: list[str]) -> None:
    sid = values.get("TWILIO_ACCOUNT_SID")
    if sid is None:
        stray = [name for name in ("TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "TWILIO_FROM") if name in values]
        if stray:
            errors.append(
                f"{', '.join(stray)} without TWILIO_ACCOUNT_SID: set it too, or leave them all out."
            )
        return
    if not re.fullmatch(r"AC[0-9a-f]{32}", sid):
        errors.append("TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits: copy it from the console.")
    if len(values.get("TWILIO_AUTH_TOKEN", "")) < 16:
        # An empty token would accept an attacker's own signature.
        errors.append("TWILIO_AUTH_TOKEN is missing or too short: without it no webhook can be trusted.")
    if "TWILIO_AUTH_TOKEN_SECONDARY" in values and len(values["TWILIO_AUTH_TOKEN_SECONDARY"]) < 16:
        errors.append("TWILIO_AUTH_TOKEN_SECONDARY is too short: copy it from the console or leave it out.")
    if "TWILIO_FROM" not in values and "TWILIO_MESSAGING_SERVICE_SID" not in values:
        errors.append("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing: from where shall we text?")
    if "PUBLIC_URL" not in values:
        errors.append("PUBLIC_URL is missing: signatures are checked against it (https://…).")


def _check_exposure(settings: Settings, errors: list[str]) -> None:
    try:
        is_loopback = ipaddress.ip_address(settings.bind).is_loopback
    except ValueError:
        return
    if settings.is_simulator and not is_loopback:
        errors.append(
            f"BIND is {settings.bind}, but a simulator listens on 127.0.0.1 alone: "
            "set TWILIO_ACCOUNT_SID for a live home, or leave BIND out."
        )
