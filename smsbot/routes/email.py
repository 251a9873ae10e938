"""An e-mail by SMTP: an alert of another kind, for when texts and calls do not get through.

Nobody can be asked whether an e-mail has left. Its Message-ID is made from the dispatch, so that one that
leaves twice is shown once by most mail programs, and recognised as the same by all.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from smsbot import clock
from smsbot.config import LOOPBACK, MAIL_ADDRESS
from smsbot.routes.base import Letter, Posted, RouteError
from smsbot.routes.headline import headline

CONNECT_SECONDS = 4.0
SECONDS = 10.0  # for the whole conversation: less than the outbox allows a send
_POLICY = SMTP_POLICY.clone(cte_type="7bit")  # not every server takes more
_PORTS = {"smtp": 587, "smtps": 465}
_NOT_READ = "Answers to this e-mail are not read: open the link."


class EmailRoute:
    """Sends through one mail server. The connection is encrypted, but to this machine itself."""

    def __init__(self, smtp_url: str, mail_from: str) -> None:
        """`smtp_url` is smtp://user:password@host:port (STARTTLS) or smtps://… ; both were checked."""
        self._url = urlsplit(smtp_url)
        self._from = mail_from

    def send(self, letter: Letter) -> Posted:
        """Hand the e-mail to the server, or raise RouteError. Its words hold nothing about a patient."""
        if not MAIL_ADDRESS.fullmatch(letter.recipient):
            raise RouteError("bad_address", is_retryable=False)  # a line break would begin a header
        message = self._message(letter).as_bytes()
        with self._connected() as client:
            with _as_route_errors():
                _expect(client.mail(self._from))
                _expect(client.rcpt(letter.recipient))
            # From here on it may have left when the connection breaks.
            with _as_route_errors(is_doubtful=True):
                _expect(client.data(message))
        return Posted(f"email:{letter.dispatch_id}", "accepted")

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Nobody can be asked: it is sent again, under the same Message-ID."""
        return None

    def greet(self) -> None:
        """Connect, encrypt and sign in, and send nothing. Raises RouteError."""
        with self._connected() as client, _as_route_errors():
            _expect(client.noop())

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(_POLICY)
        message["Subject"] = headline(letter.body)
        message["From"] = self._from
        message["To"] = letter.recipient
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{letter.dispatch_id}@{self._from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(f"{letter.body}\n\n{_NOT_READ}\n")
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        with _as_route_errors():
            client = self._open()
        try:
            yield client
        finally:
            client.close()  # QUIT would only wait for a farewell

    def _open(self) -> smtplib.SMTP:
        host, is_local = self._url.hostname or "", self._url.hostname in LOOPBACK
        port = self._url.port or _PORTS[self._url.scheme]
        is_wrapped = self._url.scheme == "smtps"
        client = _WrappedSmtp(host, port) if is_wrapped else _Smtp(host, port)
        try:
            client.ehlo_or_helo_if_needed()
            if not is_wrapped and client.has_extn("starttls"):
                _expect(client.starttls(context=ssl.create_default_context()))
            elif not is_wrapped and not is_local:
                raise RouteError("no_starttls", is_retryable=False)
            if self._url.username is not None:
                client.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            client.close()
            raise
        return client


class _Hurried:
    """One deadline for the whole conversation: smtplib has only one for each step, and there are ten."""

    sock: Any
    _until: float

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer. Raises TimeoutError once the time is over."""
        self._hurry()
        return super().getreply()  # type: ignore[misc,no-any-return]

    def send(self, words: Any) -> None:
        """Send to the server. Raises TimeoutError once the time is over."""
        self._hurry()
        super().send(words)  # type: ignore[misc]

    def _hurry(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)


class _Smtp(_Hurried, smtplib.SMTP):
    """To be encrypted by STARTTLS."""

    def __init__(self, host: str, port: int) -> None:
        self._until = time.monotonic() + SECONDS
        super().__init__(host, port, local_hostname="localhost", timeout=CONNECT_SECONDS)


class _WrappedSmtp(_Hurried, smtplib.SMTP_SSL):
    """Encrypted from the start."""

    def __init__(self, host: str, port: int) -> None:
        self._until = time.monotonic() + SECONDS
        context = ssl.create_default_context()
        super().__init__(host, port, local_hostname="localhost", timeout=CONNECT_SECONDS, context=context)


def _expect(answer: tuple[int, bytes]) -> None:
    """Raises RouteError unless the server said yes. Its words may name the recipient, and stay here."""
    code = answer[0]
    if not 200 <= code < 300:
        raise _refused(code)


def _refused(code: int) -> RouteError:
    """4xx passes, 5xx is for good. smtplib's -1 stands for an answer that was none."""
    code_word = str(code) if code > 0 else "no_smtp"
    return RouteError(code_word, is_retryable=not 500 <= code < 600)


@contextmanager
def _as_route_errors(*, is_doubtful: bool = False) -> Iterator[None]:
    """`is_doubtful`: the words are on their way, so a connection that breaks leaves a doubt."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        # `from None`, here and below: the server's words may name the recipient.
        raise _refused(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise RouteError("no_sign_in", is_retryable=False) from None
    except ssl.SSLCertVerificationError:
        raise RouteError("bad_certificate", is_retryable=False) from None
    except TimeoutError:
        raise RouteError("timeout", is_retryable=True, is_doubtful=is_doubtful) from None
    except (smtplib.SMTPException, OSError):
        code = "connection_cut" if is_doubtful else "no_connection"
        raise RouteError(code, is_retryable=True, is_doubtful=is_doubtful) from None
