"""Where the provider must post: our addresses, with the retries that it does not do by itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit

from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.twilio.account import Hook

RETRIES = "#rc=3&rp=all"  # three retries, on every kind of failure; no part of the signature
_PROVIDERS_OWN = "demo.twilio.com"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the number (or its messaging service) should say."""

    sms: str
    sms_fallback: str
    voice: str


def wanted(public_url: str) -> Wanted:
    """Our addresses, retries included."""
    base = f"{public_url}/twilio"
    return Wanted(f"{base}/sms{RETRIES}", f"{base}/sms/fallback{RETRIES}", f"{base}/voice/incoming{RETRIES}")


def hook_line(name: str, found: Hook, ours: str) -> Line:
    """Whether one hook leads to us, by POST, with retries. `name` begins a sentence."""
    remedy = f"Run smsbot doctor --fix, or set it in the provider's console to {ours} by POST."
    if not found.url:
        return bad(f"{name} is not set.", remedy)
    if urldefrag(found.url).url != urldefrag(ours).url:
        return bad(f"{name} is {shown(found.url)}, which is not ours.", remedy)
    if found.method.upper() != "POST":
        return bad(f"{name} is ours, but by {found.method}: every such text is refused.", remedy)
    if not _has_retries(found.url):
        return warn(f"{name} is ours, without retries: a 5xx answer is not tried again.", remedy)
    return ok(f"{name} is ours, with retries.")


def is_free(found: Hook) -> bool:
    """Nobody has set it: empty, or as the provider sells its numbers."""
    return not found.url or urlsplit(found.url).hostname == _PROVIDERS_OWN


def is_right(found: Hook, ours: str) -> bool:
    """Letter by letter what we want."""
    return found.url == ours and found.method.upper() == "POST"


def shown(url: str) -> str:
    """An address without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _has_retries(url: str) -> bool:
    overrides = dict(part.partition("=")[::2] for part in urldefrag(url).fragment.split("&"))
    count = overrides.get("rc", "")
    return count.isdigit() and int(count) > 0 and overrides.get("rp") == "all"
