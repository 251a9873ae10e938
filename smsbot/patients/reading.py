"""A CSV file as clinics' systems and Excel write it: its encoding, its delimiter, its lines."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

_LONGEST_FILE = 64 * 1024 * 1024


class FileProblem(Exception):
    """The file as a whole cannot be read. The text says what to do, and holds nothing of its content."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the line of the file it begins on."""

    number: int
    cells: tuple[str, ...]
    is_cut: bool = False  # the last one, without its end: the file may have been cut off


@dataclass(frozen=True, slots=True)
class Table:
    """The first line, and the others; blank ones are left out."""

    headers: tuple[str, ...]
    lines: tuple[Line, ...]


def read_table(raw: bytes) -> Table:
    """Read the whole file. Raises FileProblem."""
    if len(raw) > _LONGEST_FILE:
        raise FileProblem("The file is larger than 64 MB: export patients alone.")
    text, skipped = _without_sep_line(_decoded(raw))
    lines = _lines(text, skipped)
    if not lines:
        raise FileProblem("The file is empty: its first line has to name the columns.")
    if text[-1:] not in "\r\n":
        last = lines[-1]
        lines[-1] = Line(last.number, last.cells, len(last.cells) < len(lines[0].cells))
    return Table(tuple(" ".join(name.split()) for name in lines[0].cells), tuple(lines[1:]))


def _decoded(raw: bytes) -> str:
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise FileProblem('This is an Excel workbook: save it as "CSV UTF-8" and import that.')
    is_utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileProblem('The file is in no encoding that we read: save it as "CSV UTF-8".')


def _without_sep_line(text: str) -> tuple[str, int]:
    """Excel may write `sep=;` first. Gives the rest, and how many lines were taken off."""
    first, _, rest = text.partition("\n")
    is_sep = first.strip().casefold() in ("sep=;", "sep=,", "sep=\t", "sep=")
    return (rest, 1) if is_sep else (text, 0)


def _lines(text: str, skipped: int) -> list[Line]:
    # newlines inside of quotes stay what they are; strict, for a quote left open would swallow patients
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    lines, begins = [], skipped + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(begins, tuple(cells)))
            begins = skipped + reader.line_num + 1
    except csv.Error as error:
        raise FileProblem(
            f"The row that begins on line {begins} cannot be read: look for a quotation mark that is not "
            "closed, or not doubled inside of a quoted cell."
        ) from error
    return lines


def _delimiter(text: str) -> str:
    """What most often stands between the names of the columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(",;\t|", key=outside.count)
