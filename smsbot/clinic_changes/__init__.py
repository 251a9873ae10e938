"""Changes that administrators make on screens beside clinic.toml: written down, checked, looked up.

Names: "hours", "closed_days", "closed_until", "replies" (see smsbot.clinic.amending for their values) and
"wording.LANGUAGE.KEY" (a sentence). The newest row of a name holds; one without a value: as in the file.
"""

from smsbot.clinic_changes.changing import Files, change
from smsbot.clinic_changes.living import Living
from smsbot.clinic_changes.reading import Past, history, newest, of_wording, values_of
from smsbot.clinic_changes.wording import CRISIS, check_sentence, is_crisis, overlaid, wording_name

__all__ = [
    "CRISIS",
    "Files",
    "Living",
    "Past",
    "change",
    "check_sentence",
    "history",
    "is_crisis",
    "newest",
    "of_wording",
    "overlaid",
    "values_of",
    "wording_name",
]
