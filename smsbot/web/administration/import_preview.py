"""What a file would change, as the screen shows it before anything is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smsbot.patients.importing import Import

MOST = 200  # of a kind, shown


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One patient: the clinic's id, the name, and what changes."""

    clinic_id: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The counts, and the first lines of each kind."""

    new: int
    changed: int
    left: int
    unchanged: int
    refused: int  # lines of the file
    new_lines: tuple[PreviewLine, ...]
    changed_lines: tuple[PreviewLine, ...]
    left_lines: tuple[PreviewLine, ...]
    errors: tuple[str, ...]
    more_errors: int
    unread: tuple[str, ...]  # columns that nobody reads
    nameless: int

    @property
    def stamp(self) -> str:
        """What was looked at, to tell at the end whether the list has changed meanwhile."""
        return f"{self.new}.{self.changed}.{self.left}.{self.unchanged}.{self.refused}"

    @property
    def writes(self) -> int:
        """How many patients it would write."""
        return self.new + self.changed + self.left


def preview_of(found: Import) -> Preview:
    """Read a compared file for the screen."""
    plan, errors = found.plan, found.rows.errors
    return Preview(
        new=len(plan.new),
        changed=len(plan.changed),
        left=len(plan.left),
        unchanged=plan.unchanged,
        refused=len({error.line for error in errors}),
        new_lines=tuple(
            PreviewLine(one.clinic_id, one.texts.get("name") or "", "") for one in plan.new[:MOST]
        ),
        changed_lines=tuple(
            PreviewLine(one.record.clinic_id, one.patient.name, _columns(one.columns))
            for one in plan.changed[:MOST]
        ),
        left_lines=tuple(PreviewLine(one.clinic_id, one.name, "") for one in plan.left[:MOST]),
        errors=tuple(_capital(str(error)) for error in errors[:MOST]),
        more_errors=max(len(errors) - MOST, 0),
        unread=found.columns.unread,
        nameless=found.rows.nameless,
    )


def on_screen(words: str) -> str:
    """A problem in the words of the command line, for somebody at a screen."""
    return re.sub(
        r"If the clinic calls it otherwise: --map .*",
        'If your file calls it otherwise, write so under "Columns have other names".',
        words,
    )


def _columns(names: tuple[str, ...]) -> str:
    told = {"left": "is back on the list"}
    return ", ".join(told.get(name, name.replace("_", " ")) for name in names)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
