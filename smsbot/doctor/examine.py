"""The whole examination, group by group, in the order in which things are set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from smsbot.clinic import ClinicError
from smsbot.config import SettingsError
from smsbot.doctor.account import check_account
from smsbot.doctor.alive import check_heartbeat, check_sweep
from smsbot.doctor.clocks import check_clock
from smsbot.doctor.go_live import TITLE, check_go_live
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.doctor.opt_out import check_opt_out
from smsbot.doctor.other_routes import check_other_routes
from smsbot.doctor.public_url import check_public_url
from smsbot.doctor.redis import check_redis
from smsbot.doctor.refused import check_refused
from smsbot.doctor.rota import check_rota
from smsbot.doctor.settings import check_settings
from smsbot.doctor.storage import check_storage
from smsbot.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together. `asks_outside`: left out with --offline."""

    title: str
    check: Callable[[Wiring], list[Line]]
    asks_outside: bool = False


GROUPS = (
    Group("Settings", check_settings),
    Group("Database", check_storage),
    Group("Redis", check_redis),
    Group("Account", check_account, asks_outside=True),
    Group("STOP and HELP", check_opt_out, asks_outside=True),
    Group("Clock", check_clock, asks_outside=True),
    Group("Refused webhooks", check_refused),  # before we are refused ourselves
    Group("Public address", check_public_url, asks_outside=True),
    Group("Other routes", check_other_routes, asks_outside=True),
    Group("Sweep", check_sweep),
    Group("Heartbeat", check_heartbeat, asks_outside=True),
    Group("Staff and rota", check_rota),
    Group(TITLE, check_go_live),
)


def examine(parts: Wiring, *, is_offline: bool = False) -> Iterator[tuple[str, Line]]:
    """Every line with its group. A check that fails itself is a bad line: the others still run."""
    for group in GROUPS:
        if is_offline and group.asks_outside:
            yield group.title, ok("Not checked (--offline).")
            continue
        for line in _checked(group, parts):
            yield group.title, line


def _checked(group: Group, parts: Wiring) -> list[Line]:
    try:
        return group.check(parts)
    except SQLAlchemyError as error:
        name = type(getattr(error, "orig", None) or error).__name__
        return [bad(f"The database cannot be used ({name}).", "Check DATABASE_URL and that it runs.")]
    except Exception as error:
        # Its words may hold a number. Better one check less than no report.
        return [warn(f"This could not be checked ({type(error).__name__}).", "Report this.")]


def startup_lines(error: Exception) -> list[Line]:
    """What keeps the system from being joined at all; nothing else can be checked then."""
    if isinstance(error, SQLAlchemyError):
        name = type(getattr(error, "orig", None) or error).__name__
        return [bad(f"The database cannot be used ({name}).", "Check DATABASE_URL and that it runs.")]
    told = error.errors if isinstance(error, SettingsError | ClinicError) else str(error).splitlines()
    return [bad(line, "Mend this first: nothing else can be checked.") for line in told]
