"""The clinic profile: hours, teams, ladder, languages and manners, read from clinic.toml."""

from smsbot.clinic.amended import Amended, Closing
from smsbot.clinic.amending import ChangeError
from smsbot.clinic.ladder import Ladder, LadderRule, Rung
from smsbot.clinic.load import SAMPLE, ClinicError, load_clinic
from smsbot.clinic.page import TomlPage, nearest, read_toml
from smsbot.clinic.profile import Clinic, GoLive

__all__ = [
    "SAMPLE",
    "Amended",
    "ChangeError",
    "Clinic",
    "ClinicError",
    "Closing",
    "GoLive",
    "Ladder",
    "LadderRule",
    "Rung",
    "TomlPage",
    "load_clinic",
    "nearest",
    "read_toml",
]
