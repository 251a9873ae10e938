"""Invented words and kinds of texts of which a filled home is made."""

from __future__ import annotations

LETTERS = "2345679CDFGHJKMNPQRTVWXY"  # of case codes
ENGINE = "1 bench"

# urgency, share, intents, flags, team, what the patient writes
KINDS = (
    ("emergency", 3, ["symptom"], ["chest_pain"], "nurse", "chest tight since the last session"),
    ("urgent", 15, ["medication.refill"], ["out_of_medication"], "nurse", "two pills left, pharmacy is shut"),
    ("urgent", 7, ["medication.side_effect"], ["rash"], "nurse", "red bumps on both arms after the new dose"),
    ("routine", 30, ["appointment.request"], [], "front_desk", "can I come in next week, afternoons best"),
    ("routine", 20, ["appointment.reschedule"], [], "front_desk", "need to move my thursday visit"),
    ("routine", 15, ["medication.question"], [], "nurse", "is it fine to take it with food in the evening"),
    ("routine", 10, ["admin"], [], "front_desk", "what is the fax number for the form from work"),
)  # fmt: skip
SUBURBS = (
    "maple",
    "harbor",
    "willow",
    "lantern",
    "pepper",
    "cobalt",
    "meadow",
    "thistle",
    "juniper",
    "quartz",
)
LOST = ("30003", "30005", "30006", "30007")
