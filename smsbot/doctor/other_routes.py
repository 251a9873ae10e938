"""E-mail and push: set up as the ladder wants them, and the mail server lets us in."""

from __future__ import annotations

from smsbot.clinic import Clinic
from smsbot.config import Settings
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.routes import RouteError
from smsbot.routes.email import EmailRoute
from smsbot.wiring import Wiring

_ADVICE = {
    "no_starttls": "The server does not offer encryption: use its port 587, or smtps:// and 465.",
    "bad_certificate": "Its certificate is not trusted: use the name that stands in it.",
    "no_sign_in": "It offers no way to sign in: leave user and password out, or use port 587.",
    "535": "User or password is wrong: copy them again, % signs and all.",
}


def check_other_routes(parts: Wiring) -> list[Line]:
    """What the ladder names and nobody set up, and a greeting to the mail server: nothing is sent."""
    return [*unset_lines(parts.clinic, parts.settings), *_mail_lines(parts.settings)]


def unset_lines(clinic: Clinic, settings: Settings) -> list[Line]:
    """Routes that the ladder names without their setting."""
    named = {route for rule in clinic.ladder.rules for rung in rule.rungs for route in rung.by}
    missing = [
        (route, setting)
        for route, setting, is_set in (
            ("email", "SMTP_URL", settings.smtp_url),
            ("push", "PUSH_URLS", settings.push_urls),
        )
        if route in named and not is_set
    ]
    return [
        bad(f'The ladder tells by "{route}", and {setting} is not set.', f"Set it, or take {route} out.")
        for route, setting in missing
    ]


def _mail_lines(settings: Settings) -> list[Line]:
    if settings.smtp_url is None:
        what = "No e-mail is set up: texts and calls are the only ways out, both through one provider."
        return [warn(what, "Set SMTP_URL and MAIL_FROM: a way that does not hang on the provider.")]
    try:
        EmailRoute(settings.smtp_url, settings.mail_from or "").greet()
    except RouteError as error:
        advice = _ADVICE.get(error.code, "Check SMTP_URL: host, port, user, password.")
        return [bad(f"The mail server cannot be used ({error.code}).", advice)]
    return [ok("The mail server lets us in.")]
