"""Which cases a person wants to see, as the address says it, and which of them they may."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from smsbot.clinic import Clinic
from smsbot.models import Staff
from smsbot.roles import teams_seen

SHOWS = ("open", "mine", "unassigned", "waiting", "resolved")
FIRST = 100  # cases of an open list at first
MORE = 200  # and with each "show more"
MOST = 2_000
PAGE = 50  # resolved cases of a page


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for. `teams` None: whatever team; `seen` None: the person sees all teams."""

    staff_id: str
    role: str
    show: str = "open"
    team: str | None = None
    limit: int = FIRST
    before: tuple[datetime, str] | None = None  # resolved before this moment and id
    seen: frozenset[str] | None = None

    @property
    def teams(self) -> Collection[str] | None:
        """The teams whose cases are listed."""
        return {self.team} if self.team else self.seen

    @property
    def query(self) -> dict[str, str]:
        """The part of the address that says all this; nothing for what goes without saying."""
        said = {
            "show": self.show if self.show != "open" else "",
            "team": self.team or "",
            "n": str(self.limit) if self.limit != FIRST else "",
            "before": write_place(*self.before) if self.before else "",
        }
        return {name: value for name, value in said.items() if value}

    def other(self, **changes: object) -> dict[str, str]:
        """The address of the same list with something changed, from its beginning."""
        fresh: dict[str, object] = {"limit": FIRST, "before": None, **changes}
        return replace(self, **fresh).query  # type: ignore[arg-type]


def read_filter(args: Mapping[str, str], staff: Staff, clinic: Clinic) -> Filter:
    """The filter an address names. What makes no sense, or is not for this role, is left out."""
    seen = teams_seen(staff.role, clinic)
    may_see = clinic.order if seen is None else [team for team in clinic.order if team in seen]
    show, team = args.get("show", ""), args.get("team", "")
    return Filter(
        staff_id=staff.id,
        role=staff.role,
        show=show if show in SHOWS else "open",
        team=team if team in may_see else None,
        limit=_limit(args.get("n", "")),
        before=_read_place(args.get("before", "")),
        seen=seen,
    )


def teams_to_choose(chosen: Filter, clinic: Clinic) -> tuple[str, ...]:
    """The teams a person can filter by: none where there is only one to see."""
    teams = tuple(team for team in clinic.order if chosen.seen is None or team in chosen.seen)
    return teams if len(teams) > 1 else ()


def _limit(text: str) -> int:
    return min(MOST, max(FIRST, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else FIRST


def write_place(at: datetime, case_id: str) -> str:
    """A place in the list of resolved cases: microseconds and the id, for many may share a moment."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{case_id}"


def _read_place(text: str) -> tuple[datetime, str] | None:
    moment, _, case_id = text.partition("-")
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), case_id
    except ValueError:
        return None
