"""Ways out for a letter: a mail server, or a folder when there is none.

SMTP cannot send a letter exactly once: between the end of the letter and the server's answer
nobody knows whether it was taken. Here that gap is kept as small as it can be. The caller is
told just before the end is written, and may write it down; whatever happens before is known
not to have sent anything.
"""

import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from tempfile import mkstemp
from typing import Literal, Protocol, Self, cast
from urllib.parse import unquote, urlsplit

from alumni.outbox.message import ADDRESS

TIMEOUT = 15.0
"""Seconds to wait for a mail server, for each of its answers."""

_PORTS = {"smtp": (25, 587), "smtps": (465, 465)}
"""Without and with a user."""
_EXPECTED = (
    "The address of the mail server is smtp://user:password@host:port or smtps://…, "
    "with special characters of the password as %XX."
)
_LONGEST_TEXT = 500
_GOOD = range(200, 300)
_GO_AHEAD = range(354, 355)
_NO = range(400, 600)
_NEVER = range(500, 600)
_HANGING_UP = 421
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_QUEUE_ID = re.compile(r"(?:queued as |id=)([\w.-]+)", re.ASCII | re.IGNORECASE)
_NEW_LINE = re.compile(rb"\r\n|\r|\n")
_FILE_NAME = re.compile(
    rb"^Message-ID: <([A-Za-z0-9][A-Za-z0-9@._+-]{0,150})>\r$", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The letter is the server's now."""

    code: int
    text: str
    queue_id: str | None
    """What the server's log calls it, where its answer says so."""


class Refused(Exception):
    """The server answered, and did not take this letter. Others may still be taken."""

    def __init__(
        self, code: int, text: str, *, about: Literal["recipient", "sender", "content"]
    ) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.about = about
        """What was on the table when it said no."""

    @property
    def permanent(self) -> bool:
        """Whether trying again is of no use."""
        return self.code in _NEVER

    @property
    def enhanced(self) -> str | None:
        """The code of RFC 3463, like 5.1.1, where the server gives one."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else None


class Unreachable(Exception):
    """No letter can be sent there now; this one certainly was not."""


class Uncertain(Exception):
    """The connection was lost after the end of the letter and before the answer."""


class Transport(Protocol):
    """A way out, kept open from letter to letter; for one thread at a time."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *problem: object) -> None: ...

    def send(
        self, sender: str, recipient: str, content: bytes, *, before_end: Callable[[], None]
    ) -> Accepted:
        """Send one letter to one recipient.

        Calls ``before_end`` once the recipient is accepted and all but the end is written; it
        is not called when the letter is refused or the server lost before that. An exception
        it raises passes through, and the letter is then not sent.

        Raises Refused or Unreachable, before or after that call: nothing was sent, and a mark
        can be taken back. Raises Uncertain only after it.
        """


def transport_for(url: str, folder: Path, *, hostname: str | None = None) -> Transport:
    """Return the mail server of the address, or the folder if that is empty.

    ``hostname`` is how we introduce ourselves. Raises ValueError for a malformed address.
    """
    return Smtp(url, hostname=hostname) if url else Folder(folder)


class Smtp:
    """A mail server, given as ``smtp://user:password@host:587`` or ``smtps://…``.

    Connects when there is something to send, and again when the server has hung up since.
    A password goes to another machine only through TLS with a certificate that holds.
    """

    def __init__(self, url: str, *, hostname: str | None = None, timeout: float = TIMEOUT) -> None:
        self._server = _Server.parse(url)
        self._hostname = hostname
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        if self._client is not None:
            with suppress(OSError):
                self._client.docmd("QUIT")
        self._hang_up()

    def send(
        self, sender: str, recipient: str, content: bytes, *, before_end: Callable[[], None]
    ) -> Accepted:
        _check_addresses(sender, recipient)
        client = self._all_but_the_end(sender, recipient, content)
        try:
            before_end()
        except BaseException:
            self._hang_up()
            raise
        return self._end(client)

    def _all_but_the_end(self, sender: str, recipient: str, content: bytes) -> smtplib.SMTP:
        """Write it; once more on a new connection if the one that was kept is dead."""
        kept = self._client is not None
        try:
            return self._begin(sender, recipient, content)
        except Unreachable:
            if not kept:
                raise
            return self._begin(sender, recipient, content)

    def _begin(self, sender: str, recipient: str, content: bytes) -> smtplib.SMTP:
        try:
            client = self._client or self._connect()
            eight_bit = not content.isascii() and client.has_extn("8bitmime")
            _ask(client, f"MAIL FROM:<{sender}>{' BODY=8BITMIME' * eight_bit}", about="sender")
            _ask(client, f"RCPT TO:<{recipient}>", about="recipient")
            _ask(client, "DATA", about="content", wanted=_GO_AHEAD)
            client.send(_stuffed(content))
        except Refused:
            self._reset()
            raise
        except (OSError, ValueError) as problem:
            self._hang_up()
            raise Unreachable(_reason(problem)) from problem
        return client

    def _end(self, client: smtplib.SMTP) -> Accepted:
        try:
            client.send(b".\r\n")
            code, answer = client.getreply()
        except OSError as problem:
            self._hang_up()
            raise Uncertain(_reason(problem)) from problem
        text = _tidy(answer)
        if code in _GOOD:
            queued = _QUEUE_ID.search(text)
            return Accepted(code=code, text=text, queue_id=queued[1] if queued else None)
        if code == _HANGING_UP or code not in _NO:
            self._hang_up()
            raise (Unreachable if code in _NO else Uncertain)(f"{code} {text}")
        self._reset()
        raise Refused(code, text, about="content")

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        kind = partial(smtplib.SMTP_SSL, context=server.tls()) if server.wrapped else smtplib.SMTP
        self._client = client = kind(
            server.host, server.port, local_hostname=self._hostname, timeout=self._timeout
        )
        # The end of a letter is a small write after a large one, which would wait 40 ms otherwise.
        cast(socket, client.sock).setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        client.ehlo_or_helo_if_needed()
        if server.needs_tls or (server.may_use_tls and client.has_extn("starttls")):
            client.starttls(context=server.tls())
            client.ehlo_or_helo_if_needed()
        if server.user:
            client.login(server.user, server.password)
        return client

    def _reset(self) -> None:
        """Make the connection ready for the next letter, or give it up."""
        with suppress(OSError):
            if self._client is not None and self._client.docmd("RSET")[0] in _GOOD:
                return
        self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class Folder:
    """Letters kept as files, for the office to read: there is no mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def send(
        self, sender: str, recipient: str, content: bytes, *, before_end: Callable[[], None]
    ) -> Accepted:
        """Write ``<message id>.eml``; a second attempt at one letter replaces the first."""
        _check_addresses(sender, recipient)
        named = _FILE_NAME.search(content.partition(b"\r\n\r\n")[0] + b"\r\n")
        name = (named[1].decode() if named else sha256(content).hexdigest()) + ".eml"
        with _or_unreachable():
            written = self._written(content)
        try:
            before_end()
            with _or_unreachable():
                written.replace(self._folder / name)
        finally:
            written.unlink(missing_ok=True)
        return Accepted(code=250, text=f"kept as {name}", queue_id=name)

    def _written(self, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        number, path = mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            Path(path).unlink()
            raise
        return Path(path)


@dataclass(frozen=True, kw_only=True)
class _Server:
    wrapped: bool
    """TLS from the first byte on."""
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise ValueError(_EXPECTED)
        if parts.query or parts.fragment or not unquote(parts.netloc).isascii():
            raise ValueError(_EXPECTED)
        user = unquote(parts.username or "")
        try:
            port = parts.port or _PORTS[parts.scheme][bool(user)]
        except ValueError:
            # What is shown as the port may be part of a password.
            raise ValueError(_EXPECTED) from None
        return cls(
            wrapped=parts.scheme == "smtps",
            host=parts.hostname,
            port=port,
            user=user,
            password=unquote(parts.password or ""),
        )

    @property
    def may_use_tls(self) -> bool:
        return not self.wrapped and not _is_this_machine(self.host)

    @property
    def needs_tls(self) -> bool:
        return self.may_use_tls and bool(self.user)

    def tls(self) -> ssl.SSLContext:
        """Without a password the certificate is not checked: the alternative is no TLS at all."""
        context = ssl.create_default_context()
        if not self.wrapped and not self.user:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_addresses(sender: str, recipient: str) -> None:
    """Let nothing into a command that would be read as more than an address."""
    if sender and not ADDRESS.fullmatch(sender):
        raise Refused(553, "5.1.7 not an address that mail can come from", about="sender")
    if not ADDRESS.fullmatch(recipient):
        raise Refused(553, "5.1.3 not an address that mail can go to", about="recipient")


def _ask(
    client: smtplib.SMTP,
    command: str,
    *,
    about: Literal["recipient", "sender", "content"],
    wanted: range = _GOOD,
) -> None:
    code, answer = client.docmd(command)
    if code in wanted:
        return
    if code == _HANGING_UP or code not in _NO:
        raise smtplib.SMTPResponseException(code, answer)
    raise Refused(code, _tidy(answer), about=about)


def _stuffed(content: bytes) -> bytes:
    """Return the content as DATA wants it, ending in CRLF, but without the final dot.

    A bare CR or LF becomes CRLF: servers differ in what they take for the end of a letter.
    """
    lines = _NEW_LINE.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _reason(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_tidy(problem.smtp_error)}"
    return _tidy(str(problem))


def _tidy(text: bytes | str) -> str:
    """Return what a server said as one line that can be stored and shown."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    shown = "".join(mark if mark.isprintable() else " " for mark in words)
    return " ".join(shown.split())[:_LONGEST_TEXT]


@contextmanager
def _or_unreachable() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise Unreachable(_reason(problem)) from problem
