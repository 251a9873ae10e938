"""A TOML file that a clinic edits: it can say on which line something is wrong."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class TomlPage:
    """A file that a clinic edits: its data, and its text to find lines in."""

    name: str
    lines: tuple[str, ...]
    data: dict[str, Any]

    def complain(self, keys: tuple[str, ...], problem: str, value: str | None = None) -> str:
        """`file:line: key: problem`; with `value`, the line in a list on which that value stands."""
        return f"{self.name}:{self._line(keys, value)}: {'.'.join(keys)}: {problem}"

    def _line(self, keys: tuple[str, ...], value: str | None) -> int:
        """The line of the key, else of the innermost table around it, else 1."""
        table: tuple[str, ...] = ()
        best, depth = 1, 0
        for number, line in enumerate(self.lines, start=1):
            if header := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line):
                here = table = _dotted(header[1])
            elif assigned := re.match(r"\s*([\w.\"'-]+)\s*=", line):
                here = table + _dotted(assigned[1])
            else:
                continue
            if depth < len(here) <= len(keys) and here == keys[: len(here)]:
                best, depth = number, len(here)
        rest = range(best, len(self.lines) + 1) if value else ()
        return next((at for at in rest if f'"{value}"' in self.lines[at - 1].partition("#")[0]), best)


def _dotted(key: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in key.split("."))


def read_toml(path: Path) -> TomlPage:
    """A clinic's TOML file, a byte order mark allowed. Raises ValueError with one line to show."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"{path.name}:1: cannot be read ({error.strerror}). Check the path and its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name}:1: is not UTF-8 text. Save it as UTF-8.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else str(text.count("\n") + 1)
        raise ValueError(f"{path.name}:{line}: is not TOML: {error}. Mend that line.") from error
    return TomlPage(path.name, tuple(text.splitlines()), data)


def nearest(word: str, known: Iterable[str]) -> str:
    """The words to add to an error about an unknown word: the known one meant, if one is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else f" Known are: {', '.join(sorted(known))}."
