"""Temporary stand-in."""

from __future__ import annotations


def read_languages(body: str) -> tuple[str, ...]:
    return ("en",)
