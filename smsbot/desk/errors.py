"""Why something cannot be done, in words for the person who tried."""

from __future__ import annotations


class CannotAct(Exception):
    """What was asked cannot be done; the text says why and what to do."""


class NotYours(CannotAct):
    """Another role may do this; the text says which."""
