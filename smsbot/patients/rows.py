"""The rows of a file as records of patients, and what is wrong with the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from smsbot.patients import fields
from smsbot.patients.columns import JOINED, TEXTS, Columns
from smsbot.patients.names import clinic_id_key
from smsbot.patients.reading import Line, Table


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where, and what to do. Holds names of columns, and nothing of the cell."""

    line: int
    what: str
    column: str | None = None
    theirs: str | None = None  # how the clinic calls it

    def __str__(self) -> str:
        if self.column is None:
            return f"line {self.line}: {self.what}."
        called = "" if self.theirs in (None, self.column) else f' ("{self.theirs}")'
        return f"line {self.line}, {self.column}{called}: {self.what}."


@dataclass(frozen=True, slots=True)
class Given:
    """A number of a patient as the file gives it; None for what the file has no column for."""

    number: str
    relation: str | None
    may_be_told: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A good row. `texts` has the columns that the file has; `numbers` is None if it has none of phones."""

    line: int
    clinic_id: str
    texts: dict[str, str | None]
    numbers: tuple[Given, ...] | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file says. `keys`: whoever it names, in bad rows too; `nameless`: rows that name nobody."""

    records: tuple[Record, ...]
    errors: tuple[RowError, ...]
    keys: frozenset[str]
    nameless: int


class _Problems:
    """Collects what is wrong with one row."""

    def __init__(self, line: int, columns: Columns) -> None:
        self._line, self._columns = line, columns
        self.found: list[RowError] = []

    def add(self, column: str, what: str) -> None:
        self.found.append(RowError(self._line, what, column, self._columns.theirs.get(column)))

    def read(self, column: str, text: str, reader: Callable[[str], str | None]) -> str | None:
        try:
            return reader(text)
        except fields.CellProblem as problem:
            self.add(column, str(problem))
            return None


def read_rows(table: Table, columns: Columns, today: date) -> Rows:
    """Read every row; the clinic's ids that come twice are errors in all their places."""
    records, errors, nameless = [], [], 0
    lines_of: dict[str, list[int]] = defaultdict(list)
    for line in table.lines:
        record, clinic_id, problems = _read_row(line, columns, today)
        errors += problems
        if clinic_id is None:
            nameless += 1
        else:
            lines_of[clinic_id_key(clinic_id)].append(line.number)
        if record is not None:
            records.append(record)
    doubled = {key: lines for key, lines in lines_of.items() if len(lines) > 1}
    errors += _told_doubled(doubled, columns)
    return Rows(
        records=tuple(one for one in records if clinic_id_key(one.clinic_id) not in doubled),
        errors=tuple(sorted(errors, key=lambda error: error.line)),
        keys=frozenset(lines_of),
        nameless=nameless,
    )


def _told_doubled(doubled: dict[str, list[int]], columns: Columns) -> Iterator[RowError]:
    for lines in doubled.values():
        for line in lines:
            others = ", ".join(str(other) for other in lines if other != line)
            what = f"the same as in line {others}: keep the row that is right"
            yield RowError(line, what, "clinic_id", columns.theirs["clinic_id"])


def _read_row(line: Line, columns: Columns, today: date) -> tuple[Record | None, str | None, list[RowError]]:
    if line.is_cut:
        return (
            None,
            None,
            [RowError(line.number, "ends in the middle: export the file again, it was cut off")],
        )
    if any(cell.strip() for cell in line.cells[columns.width :]):
        counts = f"has {len(line.cells)} cells and the first line {columns.width}"
        what = f"{counts}: a value with the delimiter in it needs quotation marks"
        return None, None, [RowError(line.number, what)]
    problems = _Problems(line.number, columns)
    cells = _cells(line, columns, problems)
    texts = {name: problems.read(name, cells[name], _reader(name, today)) for name in TEXTS if name in cells}
    numbers = _numbers(cells, columns, problems)
    clinic_id = texts.pop("clinic_id", None)
    if problems.found or clinic_id is None:
        return None, clinic_id, problems.found
    return Record(line.number, clinic_id, texts, numbers), clinic_id, []


def _cells(line: Line, columns: Columns, problems: _Problems) -> dict[str, str]:
    """The cells by our columns, cleaned; a row may end before its last columns, as Excel writes them."""
    cells = {}
    for name, places in columns.places.items():
        given = [line.cells[place] if place < len(line.cells) else "" for place in places]
        try:
            cleaned = [fields.clean(cell) for cell in given]
        except fields.CellProblem as problem:
            problems.add(name, str(problem))
            continue
        cells[name] = _joined(name, cleaned)
    return cells


def _joined(name: str, cells: list[str]) -> str:
    return JOINED.get(name, "").join(cell for cell in cells if cell)


def _reader(name: str, today: date) -> Callable[[str], str | None]:
    readers: dict[str, Callable[[str], str | None]] = {
        "clinic_id": fields.clinic_id,
        "name": fields.needed,
        "birth_date": lambda text: fields.birth_date(text, today),
        "language": fields.language,
    }
    return readers.get(name, fields.plain)


def _numbers(cells: dict[str, str], columns: Columns, problems: _Problems) -> tuple[Given, ...] | None:
    """The numbers of a row; the same one twice is one, unless the two are said to be different things."""
    if not columns.phones:
        return None
    found: dict[str, Given] = {}
    for name in columns.phones:
        given = _number(name, cells, problems)
        if given is None:
            continue
        if found.setdefault(given.number, given) != given:
            problems.add(name, "the same number as before with another relation or other limits: keep one")
    return tuple(found.values())


def _number(name: str, cells: dict[str, str], problems: _Problems) -> Given | None:
    number = problems.read(name, cells.get(name, ""), fields.number)
    whose, told = f"{name}_relation", f"{name}_may_be_told"
    relation = problems.read(whose, cells[whose], fields.relation) if whose in cells else None
    may_be_told = problems.read(told, cells[told], fields.may_be_told) if told in cells else None
    if number is None:
        return None
    if told in cells and may_be_told is None and relation is not None:
        may_be_told = fields.told_by_default(relation)
    return Given(number, relation, may_be_told)
