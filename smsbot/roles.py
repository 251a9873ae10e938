"""What each role may do and see."""

from __future__ import annotations

from smsbot.clinic import Clinic
from smsbot.models.people import Role

_CLINICAL = frozenset({Role.ADMINISTRATOR, Role.PRESCRIBER, Role.NURSE})


def may_resolve_emergency(role: str) -> bool:
    """Whether this role may say that an emergency is over, or is none: who is trained to."""
    return role in _CLINICAL


def sees_clinical(role: str, clinic: Clinic) -> bool:
    """Whether clinical texts are shown: a small clinic lets everybody see everything."""
    return teams_seen(role, clinic) is None


def teams_seen(role: str, clinic: Clinic) -> frozenset[str] | None:
    """The teams whose cases a role sees; None: all of them."""
    if clinic.everybody_sees_everything or role in _CLINICAL:
        return None
    return frozenset({role})


def may_see(role: str, team: str, clinic: Clinic) -> bool:
    """Whether this role sees the cases of this team."""
    seen = teams_seen(role, clinic)
    return seen is None or team in seen
