"""For each sentence of the wording, when it is sent, in the words of a person."""

from __future__ import annotations

_WHEN = {
    "received.neutral": "First in most answers: a text has arrived. Says nothing of what it was about.",
    "received.whole": "First in an answer to a text about several things.",
    "received.appointment": "First in an answer to a text about a visit.",
    "received.office": "First in an answer about forms, bills, records and other office matters.",
    "received.media": "To a picture or a voice memo without words.",
    "received.unknown": "To a number that is not on your list of patients.",
    "also.not_booked": "After a wish for a visit, so that nobody takes it as booked.",
    "also.call_office": "When the visit is today and the office is open.",
    "also.emergency": "After urgent texts, and after every text while the office is closed.",
    "also.nobody": "While the office is closed, there is no night cover, and no time is told.",
    "ask.times": "Once in a case, when a visit is wanted and no time was named.",
    "ask.medication": "Once in a case, when a refill is wanted and no name was given.",
    "ask.pharmacy": "Once in a case, when a refill is wanted and no pharmacy was named.",
    "notice.privacy": "Once, with the first answer to a number.",
    "times.until": "While you are open: until when texts are read today.",
    "times.today": "While you are closed, when you open later the same day.",
    "times.weekday": "While you are closed, when you open within a week.",
    "times.date": "While you are closed, when you open later than in a week, or where it is shorter.",
    "times.by_today": "A routine matter that is to be looked at today.",
    "times.by_weekday": "A routine matter that is to be looked at within a week.",
    "times.by_date": "A routine matter that is to be looked at later, or where it is shorter.",
    "crisis.lifeline": "First answer when somebody may take their own life.",
    "crisis.medical": "First answer to a danger of the body, such as chest pain.",
    "crisis.overdose": "First answer to an overdose.",
    "crisis.both": "First answer to a danger of body and mind, or of an unknown kind.",
    "crisis.all": "First answer to an overdose together with a wish to die.",
    "crisis.neutral": "First answer to very high blood pressure with symptoms.",
    "crisis.unsure": "First answer when it may be a crisis, and may be nothing.",
    "crisis.private": "To somebody who is threatened: another person may read the phone. Keep it neutral.",
    "answer.bot": "When somebody in an emergency asks whether a person is there.",
    "follow.taken": "Later in an emergency: a person has the case on the screen.",
    "follow.nobody": "Later in an emergency: nobody has taken the case. The numbers to call follow.",
    "team.alerted": "After the first crisis answer, when somebody is being alerted.",
    "team.nobody": "After the first crisis answer, while closed and without night cover.",
    "team.unsure": "After the first crisis answer, when it is not known whether anybody can be reached.",
    "consent.stop": "To STOP.",
    "consent.stop_visit": "To CANCEL alone, which may have meant a visit.",
    "consent.start": "To START.",
    "consent.help": "To HELP, and to “what is this line?”",
    "consent.no_reminders": "To “no more reminders”.",
    "consent.muted": "To “no more automatic replies”.",
    "clock.one": "How one o'clock is said, in languages that make a difference.",
    "clock.other": "How all other times are said.",
}
_GROUPS = {
    "crisis_short": "A further text of the same emergency.",
    "days": "The name of a day, wherever a time is told.",
    "months": "The name of a month, wherever a time is told.",
    "short": "The short form, for a number whose language is not known: sent in all languages at once.",
}
TITLES = {
    "received": "What has arrived",
    "also": "What may follow",
    "times": "When texts are read",
    "ask": "Questions",
    "notice": "Notice on privacy",
    "crisis": "Crisis: first answer",
    "crisis_short": "Crisis: further texts",
    "team": "Crisis: about your team",
    "follow": "Crisis: later",
    "answer": "Is this a person?",
    "consent": "STOP, START, HELP",
    "short": "Short forms, all languages at once",
    "clock": "How times are said",
    "days": "Days",
    "months": "Months",
}


def when_sent(key: str) -> str:
    """When this sentence is sent."""
    return _WHEN.get(key) or _GROUPS.get(key.partition(".")[0], "")
