"""What the provider posts, and how it reads the answer: signature, limits, one retry, fallback, TwiML."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree  # noqa: S405 - reads the answers of the application under our own hands

import requests
from requests.adapters import HTTPAdapter

TIME_LIMITS = (5, 15)  # seconds to connect, to answer: https://www.twilio.com/docs/usage/webhooks
_XML_TYPES = ("text/xml", "application/xml")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """The value of X-Twilio-Signature. https://www.twilio.com/docs/usage/security"""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook came to. `error_code` 0: well; `status` 0: nobody answered."""

    url: str
    status: int = 0
    body: str = ""
    content_type: str = ""
    error_code: int = 0

    def verbs(self) -> list[ElementTree.Element]:
        """The verbs of the TwiML, in order; none when it cannot be read."""
        try:
            return list(ElementTree.fromstring(self.body))  # noqa: S314 - see the import
        except ElementTree.ParseError:
            return []

    def resolve(self, url: str) -> str:
        """A URL of the document, made absolute."""
        return urljoin(self.url, url)


class Webhooks:
    """Posts forms, signed. Safe for many threads."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between two processes of one machine
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=64))

    def close(self) -> None:
        """Close the connections that wait for another request."""
        self._session.close()

    def post(self, url: str, form: dict[str, str], key: str) -> Answer:
        """Post once, or twice when no connection came about. Repeats of one delivery have the same `key`."""
        url = urldefrag(url).url  # connection overrides (#rc=3) are for the provider alone
        if urlsplit(url).hostname not in _LOOPBACK:
            return Answer(url, error_code=11205)  # invented texts never leave this machine
        answer = self._post_once(url, form, key)
        return self._post_once(url, form, key) if answer.error_code == 11205 else answer

    def _post_once(self, url: str, form: dict[str, str], key: str) -> Answer:
        headers = {
            "X-Twilio-Signature": sign(self._token, url, form),
            "I-Twilio-Idempotency-Token": str(uuid.uuid5(uuid.NAMESPACE_OID, key)),
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            response = self._session.post(url, data=form, headers=headers, timeout=TIME_LIMITS)
        except requests.ConnectionError:
            return Answer(url, error_code=11205)
        except requests.RequestException:
            return Answer(url, error_code=11200)
        content_type = response.headers.get("Content-Type", "")
        error_code = 0 if response.ok else 11200
        return Answer(url, response.status_code, response.text, content_type, error_code)

    def fetch_twiml(self, url: str, fallback_url: str, form: dict[str, str], key: str) -> Answer:
        """The TwiML for a text or call: from `url`, else from `fallback_url`, which is told why."""
        answer = checked(self.post(url, form, key))
        if answer.error_code and fallback_url:
            why = {"ErrorCode": str(answer.error_code), "ErrorUrl": answer.url}
            return checked(self.post(fallback_url, form | why, key))
        return answer


def checked(answer: Answer) -> Answer:
    """The answer, with the provider's error when its document cannot be used."""
    code = answer.error_code or _document_error(answer)
    return Answer(answer.url, answer.status, answer.body, answer.content_type, code)


def _document_error(answer: Answer) -> int:
    if not answer.body.strip():
        return 11200
    if answer.content_type.split(";")[0].strip().lower() not in _XML_TYPES:
        return 12300
    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - see the import
    except ElementTree.ParseError:
        return 12100
    return 0 if root.tag == "Response" else 12100
