"""A signed request to our own public address: does what the provider signs reach us as it was signed?

The status webhook is asked about a message that does not exist, in a state that means nothing: it checks the
signature, writes nothing down and answers. A refused one is asked again past the proxy: whose fault is it?
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import requests

from smsbot.config import LOOPBACK, Settings
from smsbot.doctor.hooks import shown
from smsbot.doctor.line import Line, bad, ok
from smsbot.twilio.signature import sign
from smsbot.wiring import Wiring, status_url

_SECONDS = (5, 15)  # the provider's own limits
_QUERY = "?probe=a+b%2Fc%20d&empty="  # what proxies like to tidy
_FORM = {"MessageStatus": "none", "Text": "é + & = %", "Empty": ""}
_SAME = "must be passed on unchanged"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a probe: a status, or 0 and why nobody answered. `location` is where it was led to."""

    status: int
    words: str = ""
    location: str = ""


def check_public_url(parts: Wiring) -> list[Line]:
    """Ask through the front door; when that is refused, also by the side door."""
    url = status_url(parts.settings)
    heard = probe(parts, url, url + _QUERY)
    if heard.status == 403 and heard.words == "bad_signature":
        return [_refused(parts, url)]
    return [heard_line(heard, url, parts.settings)]


def probe(parts: Wiring, to: str, signed_as: str) -> Heard:
    """POST to `to`, which may go past the proxy, with the signature for `signed_as` and its query."""
    form = {"AccountSid": parts.account.account_sid, "MessageSid": "SM" + secrets.token_hex(16), **_FORM}
    fields = tuple((name.encode(), value.encode()) for name, value in form.items())
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": sign(parts.account.auth_tokens[0], signed_as, fields),
    }
    query = signed_as.partition("?")[1] + signed_as.partition("?")[2]
    try:
        with requests.Session() as session:
            session.trust_env = urlsplit(to).hostname not in LOOPBACK
            answer = session.post(
                to + query, data=urlencode(form), headers=headers, timeout=_SECONDS, allow_redirects=False
            )
    except requests.exceptions.SSLError:
        return Heard(0, "ssl")
    except requests.Timeout:
        return Heard(0, "timeout")
    except requests.RequestException:
        return Heard(0, "no_connection")
    return Heard(answer.status_code, answer.text[:200].strip(), answer.headers.get("Location", ""))


def heard_line(heard: Heard, url: str, settings: Settings) -> Line:
    """What an answer other than a refused signature means."""
    at = shown(url)
    if heard.status == 200 and "<Response" in heard.words:
        return ok("A signed request to PUBLIC_URL arrives as it was signed.")
    if heard.status == 0:
        return _silent(heard.words, at, settings)
    if 300 <= heard.status < 400:
        remedy = f"Set PUBLIC_URL to where it ends ({shown(heard.location)}), or take the redirect away."
        return bad(f"{at} redirects: the provider would follow with GET and lose the text.", remedy)
    if heard.status == 403 and heard.words == "other_account":
        remedy = "Start smsbot again with these settings (TWILIO_ACCOUNT_SID), or correct PUBLIC_URL."
        return bad("PUBLIC_URL leads to an smsbot of another account.", remedy)
    if heard.status in (400, 413, 415) and heard.words in ("not_a_form", "too_large", "no_message_sid"):
        return bad(f"The proxy changes the request's body or type ({heard.words}).", f"Both {_SAME}.")
    if heard.status >= 500:
        remedy = f"See that smsbot runs and that the proxy passes on to port {settings.port}."
        return bad(f"{at} answers {heard.status}.", remedy)
    remedy = f"PUBLIC_URL must lead to this smsbot (port {settings.port}), and its path {_SAME}."
    return bad(f"{at} answers {heard.status}: something else than smsbot, or another path.", remedy)


def _silent(why: str, at: str, settings: Settings) -> Line:
    if why == "ssl":
        return bad(f"The certificate of {at} is not trusted.", "Renew it, with the whole chain.")
    if why == "timeout":
        return bad(
            f"{at} takes more than 15 s to answer.", "Look at the proxy, and at the load of the machine."
        )
    start = (
        "Start smsbot (make run)" if urlsplit(at).hostname in LOOPBACK else "Look at DNS, firewall and proxy"
    )
    return bad(f"Nobody answers at {at}.", f"{start}. It must lead to port {settings.port} of this machine.")


def _refused(parts: Wiring, url: str) -> Line:
    """403: the signature was made for another address, or by another token, than the server believes in."""
    side_door = _side_door(parts.settings) + "/twilio/status"
    if probe(parts, url, url).status == 200:
        return bad("The proxy changes the query of a request (403).", f"Path and query {_SAME}.")
    past_proxy = probe(parts, side_door, url + _QUERY)
    if past_proxy.status == 200:
        remedy = f"Path, query and body {_SAME}: compare {shown(url)} with what the proxy passes on."
        return bad("The proxy changes the path or the body of a request (403).", remedy)
    if past_proxy.status == 403:
        remedy = (
            f"Its PUBLIC_URL or its token is not ours here ({parts.settings.public_url}): correct .env and "
            "start smsbot again."
        )
        return bad("The running smsbot has other settings than these (403).", remedy)
    remedy = "Compare PUBLIC_URL with that machine's, letter by letter, and the token."
    return bad("PUBLIC_URL leads to an smsbot that knows itself by another address or token (403).", remedy)


def _side_door(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)  # noqa: S104 (what it means)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
