"""What each role may do and see."""

from __future__ import annotations

from smsbot.clinic import Clinic
from smsbot.models.people import Role

_CLINICAL = frozenset({Role.ADMINISTRATOR, Role.PRESCRIBER, Role.NURSE})


def may_resolve_emergency(role: str) -> bool:
    """Only who is trained to: the front desk is not."""
    return role in _CLINICAL


def sees_clinical(role: str, clinic: Clinic) -> bool:
    """Whether clinical texts are shown: a small clinic lets everybody see everything."""
    return teams_seen(role, clinic) is None


def teams_seen(role: str, clinic: Clinic) -> frozenset[str] | None:
    """The teams whose cases a role sees; None: all of them."""
    if clinic.everybody_sees_everything or role in _CLINICAL:
        return None
    return frozenset({role})
