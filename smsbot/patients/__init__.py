"""The clinic's list of patients: who stands behind a number, and where the list comes from."""

from smsbot.patients.behind import Behind, age, behind, has_list, is_minor, language_of
from smsbot.patients.names import clinic_id_key, find_by_clinic_id, find_by_name, name_key
from smsbot.patients.warnings import warnings

__all__ = [
    "Behind",
    "age",
    "behind",
    "clinic_id_key",
    "find_by_clinic_id",
    "find_by_name",
    "has_list",
    "is_minor",
    "language_of",
    "name_key",
    "warnings",
]
