"""A mail server on loopback that keeps what it gets, and says no or breaks off where it is told to."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CUT, HANG = "cut", "hang"


@dataclass
class MailServer:
    """`answers` replaces what it says to a verb, or to the words themselves (`.`): a line, CUT or HANG."""

    answers: dict[str, str] = field(default_factory=dict)
    certificate: Path | None = None  # with one it offers STARTTLS
    wraps: bool = False  # encrypted from the start
    port: int = 0
    letters: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # every line of the clients
    encrypted: list[bool] = field(default_factory=list)  # for each letter
    ended: threading.Event = field(default_factory=threading.Event)

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.certificate
        context.load_cert_chain(self.certificate)
        return context


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        """One client."""
        self.mail: MailServer = self.server.mail
        self.is_encrypted = False
        try:
            if self.mail.wraps:
                self.encrypt()
            self.converse()
        except OSError:
            pass  # it hung up, or did not like the certificate
        finally:
            self.rfile.close()
            self.wfile.close()
            self.connection.close()

    def encrypt(self) -> None:
        self.connection = self.mail.context().wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_encrypted = True

    def converse(self) -> None:
        if not self.say("CONNECT", "220 ready"):
            return
        while line := self.rfile.readline().decode().strip():
            self.mail.said.append(line)
            verb = line.split()[0].upper()
            if verb == "EHLO":
                offers = "STARTTLS" if self.mail.certificate and not self.is_encrypted else "AUTH PLAIN"
                is_on = self.say("EHLO", f"250-here\r\n250 {offers}")
            elif verb == "STARTTLS":
                is_on = self.say("STARTTLS", "220 go ahead")
                self.encrypt()
            elif verb == "AUTH":
                is_on = self.say("AUTH", "235 welcome")
            elif verb == "DATA":
                is_on = self.say("DATA", "354 go on") and self.take_letter()
            else:
                is_on = self.say(verb, "250 ok")
            if not is_on:
                return

    def take_letter(self) -> bool:
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        self.mail.letters.append("".join(lines))
        self.mail.encrypted.append(self.is_encrypted)
        return self.say(".", "250 taken")

    def say(self, verb: str, usual: str) -> bool:
        """Answer; False when the conversation is over."""
        answer = self.mail.answers.get(verb, usual)
        if answer == HANG:
            self.mail.ended.wait(20)
        if answer in (CUT, HANG):
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error."""


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """It listens while the block runs."""
    mail = MailServer(**options)
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.mail = mail  # type: ignore[attr-defined]
        mail.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield mail
        finally:
            mail.ended.set()
            server.shutdown()
            thread.join()


def make_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 and localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    form, none = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, none)
    path.write_bytes(private + certificate.public_bytes(form))
    return path
