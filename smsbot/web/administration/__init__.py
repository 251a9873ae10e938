"""What administrators change on screens: hours, words, staff, shifts, patients; and how the system is."""

from smsbot.web.administration.audit import audit_search
from smsbot.web.administration.health import system_health
from smsbot.web.administration.hours import hours
from smsbot.web.administration.import_patients import import_patients
from smsbot.web.administration.saved_replies import saved_replies
from smsbot.web.administration.shifts import shift_calendar
from smsbot.web.administration.staff import staff_list
from smsbot.web.administration.wording import wording_editor

ADMINISTRATION = (
    hours,
    wording_editor,
    saved_replies,
    staff_list,
    shift_calendar,
    import_patients,
    system_health,
    audit_search,
)
