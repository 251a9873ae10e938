"""The entries of Administration: those pages that exist and that the signed-in person may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request, url_for

_PAGES = (
    ("hours.show", "Hours"),
    ("wording_editor.show", "Wording"),
    ("saved_replies.show", "Saved replies"),
    ("staff_list.show", "Staff"),
    ("shift_calendar.show", "Shifts"),
    ("import_patients.show", "Patients"),
    ("system_health.show", "System health"),
    ("audit_search.show", "Audit"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of Administration."""

    name: str
    address: str
    is_current: bool


def administration_pages() -> list[Entry]:
    """What the side navigation offers, in order; the page whose part this request belongs to is current."""
    staff = getattr(g, "staff", None)
    entries = []
    for endpoint, name in _PAGES:
        view = current_app.view_functions.get(endpoint)
        roles = getattr(view, "roles", ())
        if view is None or staff is None or (roles and staff.role not in roles):
            continue
        entries.append(Entry(name, url_for(endpoint), request.blueprint == endpoint.partition(".")[0]))
    return entries
