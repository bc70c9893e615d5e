"""Letters go to a real mail server, aiosmtpd, in a thread of this process."""

import asyncio
import resource
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from alumni.outbox.transport import (
    Accepted,
    Folder,
    Refused,
    Smtp,
    Uncertain,
    Unreachable,
    transport_for,
)

pytestmark = pytest.mark.once

SENDER, READER = "bounces+m7@mail.example.org", "li@example.com"
LETTER = b"Message-ID: <m7.42@example.org>\r\nSubject: Hi\r\n\r\nHello\r\n"
NOT_THIS_MACHINE = "127.1"
"""It is this machine, but only the system's resolver knows."""


@dataclass
class Office:
    """A mail server's mind: what it answers, and what happened there in which order."""

    answers: dict[str, str] = field(default_factory=dict)
    """By command. ``hang up`` and ``say nothing`` are no answers."""
    log: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)

    def mark(self) -> None:
        self.log.append("mark")

    def answer(self, command: str, usual: str) -> str:
        self.log.append(command)
        return self.answers.get(command, usual)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.options.append(options)
        return self.answer("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answer("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self.answer("RSET", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answer("DATA", "250 2.0.0 Ok: queued as 4ZxY1w")
        if answer == "hang up":
            server.transport.abort()
        elif answer == "say nothing":
            await asyncio.Event().wait()
        elif answer.startswith("2"):
            self.contents.append(envelope.original_content)
        return answer


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def running(office: Office, **settings: Any) -> Iterator[int]:
    port = settings.pop("port", None) or free_port()
    controller = Controller(office, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def server(office: Office) -> Iterator[Smtp]:
    with running(office) as port, Smtp(f"smtp://127.0.0.1:{port}", hostname="alumni.test") as smtp:
        yield smtp


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    names = f"subjectAltName=DNS:{NOT_THIS_MACHINE},IP:127.0.0.1"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=test", "-addext", names),
            *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    right = data.login == b"office" and data.password == b"p@ss/word"
    return AuthResult(success=right, handled=right)


def test_accepted_with_the_mark_just_before_the_end(server: Smtp, office: Office) -> None:
    accepted = server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert accepted == Accepted(code=250, text="2.0.0 Ok: queued as 4ZxY1w", queue_id="4ZxY1w")
    assert office.log == ["MAIL", "RCPT", "mark", "DATA"]
    assert office.contents == [LETTER]
    assert office.greetings == ["alumni.test"]


def test_only_the_end_is_left_when_the_mark_is_made() -> None:
    """Told by a server that looks at each byte as it comes."""
    arrived, answers = bytearray(), iter([b"250 a.test", b"250 OK", b"250 OK", b"354 Go on"])
    body_is_there = threading.Event()

    def listen() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"220 a.test\r\n")
            for answer in answers:
                connection.recv(1000)
                connection.sendall(answer + b"\r\n")
            while not arrived.endswith(b"\r\n.\r\n"):
                arrived.extend(connection.recv(1000))
                if arrived == LETTER:
                    body_is_there.set()
            connection.sendall(b"250 OK\r\n")

    def mark() -> None:
        assert body_is_there.wait(5)
        assert arrived == LETTER

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=listen)
        server.start()
        with Smtp(f"smtp://127.0.0.1:{listening.getsockname()[1]}", hostname="b.test") as smtp:
            smtp.send(SENDER, READER, LETTER, before_end=mark)
        server.join()

    assert arrived == LETTER + b".\r\n"


def test_many_letters_on_one_connection(server: Smtp, office: Office) -> None:
    for _ in range(3):
        server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER] * 3
    assert office.greetings == ["alumni.test"]


@pytest.mark.parametrize(
    ("command", "about", "marks"),
    [("MAIL", "sender", 0), ("RCPT", "recipient", 0), ("DATA", "content", 1)],
)
@pytest.mark.parametrize(
    ("answer", "code", "enhanced", "permanent"),
    [
        ("550 5.1.1 No such user", 550, "5.1.1", True),
        ("451 4.7.1 Come back later", 451, "4.7.1", False),
        ("552 Full", 552, None, True),
    ],
)
def test_refused_and_the_connection_goes_on(  # noqa: PLR0913 - a table of answers by commands
    server: Smtp,
    office: Office,
    *,
    command: str,
    about: str,
    marks: int,
    answer: str,
    code: int,
    enhanced: str | None,
    permanent: bool,
) -> None:
    office.answers[command] = answer

    with pytest.raises(Refused) as refused:
        server.send(SENDER, READER, LETTER, before_end=office.mark)

    no = refused.value
    assert (no.code, no.text) == (code, answer[4:])
    assert (no.enhanced, no.permanent, no.about) == (enhanced, permanent, about)
    assert office.log.count("mark") == marks
    office.answers.clear()
    assert server.send(SENDER, READER, LETTER, before_end=office.mark).code == 250
    assert office.greetings == ["alumni.test"]
    assert office.contents == [LETTER]


def test_an_end_without_an_answer_is_uncertain(server: Smtp, office: Office) -> None:
    office.answers["DATA"] = "hang up"

    with pytest.raises(Uncertain):
        server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.log == ["MAIL", "RCPT", "mark", "DATA"]
    office.answers.clear()
    assert server.send(SENDER, READER, LETTER, before_end=office.mark).code == 250


def test_silence_after_the_end_is_uncertain(office: Office) -> None:
    office.answers["DATA"] = "say nothing"

    with running(office) as port, Smtp(f"smtp://127.0.0.1:{port}", timeout=0.2) as smtp:
        with pytest.raises(Uncertain, match="timed out"):
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)

        office.answers.clear()
        assert smtp.send(SENDER, READER, LETTER, before_end=office.mark).code == 250
    assert office.log.count("mark") == 2


@pytest.mark.parametrize("answer", ["354 what?", "nonsense"])
def test_an_answer_that_is_none_is_uncertain(server: Smtp, office: Office, answer: str) -> None:
    office.answers["DATA"] = answer

    with pytest.raises(Uncertain):
        server.send(SENDER, READER, LETTER, before_end=office.mark)


def test_unwilling_to_go_on_is_no_fault_of_the_letter(server: Smtp, office: Office) -> None:
    for command in ("MAIL", "RCPT", "DATA"):
        office.answers = {command: "421 4.7.0 Too many letters"}
        with pytest.raises(Unreachable, match=r"^421 4\.7\.0 Too many letters$"):
            server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == []
    office.answers.clear()
    assert server.send(SENDER, READER, LETTER, before_end=office.mark).code == 250


def test_a_kept_connection_that_died_is_replaced(office: Office) -> None:
    with running(office) as port:
        smtp = Smtp(f"smtp://127.0.0.1:{port}", hostname="alumni.test")
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)
    with running(office, port=port), smtp:
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER] * 2
    assert office.log.count("mark") == 2
    with smtp, pytest.raises(Unreachable):
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)


def test_a_server_that_cannot_start_over_is_called_anew(server: Smtp, office: Office) -> None:
    office.answers = {"RCPT": "550 5.1.1 No such user", "RSET": "500 What?"}

    with pytest.raises(Refused, match=r"550 5\.1\.1 No such user"):
        server.send(SENDER, READER, LETTER, before_end=office.mark)

    office.answers.clear()
    server.send(SENDER, READER, LETTER, before_end=office.mark)
    assert office.greetings == ["alumni.test"] * 2


def test_a_silent_server_is_unreachable(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        smtp = Smtp(f"smtp://127.0.0.1:{port}", timeout=0.05)
        with smtp, pytest.raises(Unreachable, match="timed out"):
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.log == []


def test_nobody_listens(office: Office) -> None:
    with (
        Smtp(f"smtp://127.0.0.1:{free_port()}") as smtp,
        pytest.raises(Unreachable, match="refused"),
    ):
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)


def test_a_mark_that_fails_sends_nothing(server: Smtp, office: Office) -> None:
    def fail() -> None:
        raise BrokenPipeError("the database is gone")

    with pytest.raises(BrokenPipeError, match="the database is gone"):
        server.send(SENDER, READER, LETTER, before_end=fail)

    server.send(SENDER, READER, LETTER, before_end=office.mark)
    assert office.contents == [LETTER]


@pytest.mark.parametrize(
    ("content", "arrives"),
    [
        (b".\r\n..\r\n.a\r\n\r\n.\r\n", b".\r\n..\r\n.a\r\n\r\n.\r\n"),
        (b"no end of line", b"no end of line\r\n"),
        (b"smuggled\n.\nMAIL FROM:<a@b.cn>\r.\r", b"smuggled\r\n.\r\nMAIL FROM:<a@b.cn>\r\n.\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_dots_and_ends_of_lines(
    server: Smtp, office: Office, content: bytes, arrives: bytes
) -> None:
    server.send(SENDER, READER, content, before_end=office.mark)

    assert office.contents == [arrives]
    assert office.log == ["MAIL", "RCPT", "mark", "DATA"]


def test_eight_bits_are_announced(server: Smtp, office: Office) -> None:
    content = "Subject: 您好\r\n\r\n您好\r\n".encode()

    server.send(SENDER, READER, content, before_end=office.mark)
    server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [content, LETTER]
    assert office.options == [["BODY=8BITMIME"], []]


def test_an_answer_is_kept_as_one_clean_line(server: Smtp, office: Office) -> None:
    office.answers["RCPT"] = "550-5.1.1 \x1b[31mno\x00\r\n550 5.1.1 " + "x" * 400

    with pytest.raises(Refused) as refused:
        server.send(SENDER, READER, LETTER, before_end=office.mark)

    assert refused.value.text == "5.1.1 [31mno 5.1.1 " + "x" * 400


@pytest.mark.parametrize(
    ("sender", "recipient", "about"),
    [
        (SENDER, "a@x.cn> SIZE=1\r\nRCPT TO:<b@y.cn", "recipient"),
        (SENDER, "a@x.cn,b@y.cn", "recipient"),
        (SENDER, "张三@例子.公司", "recipient"),
        ("a@x.cn>\r\nRSET", READER, "sender"),
    ],
)
def test_what_is_no_address_is_refused_at_home(
    server: Smtp, office: Office, sender: str, recipient: str, about: str
) -> None:
    with pytest.raises(Refused) as refused:
        server.send(sender, recipient, LETTER, before_end=office.mark)

    assert (refused.value.about, refused.value.permanent) == (about, True)
    assert office.log == []


def test_the_empty_sender_of_a_report(server: Smtp, office: Office) -> None:
    assert server.send("", READER, LETTER, before_end=office.mark).code == 250


def test_no_password_without_tls(office: Office) -> None:
    with running(office, authenticator=authenticator, auth_require_tls=False) as port:
        url = f"smtp://office:p%40ss%2Fword@{NOT_THIS_MACHINE}:{port}"
        with Smtp(url) as smtp, pytest.raises(Unreachable, match="STARTTLS"):
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)
        with Smtp(url.replace(NOT_THIS_MACHINE, "127.0.0.1")) as smtp:
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER]


def test_a_wrong_password_is_unreachable(office: Office) -> None:
    with running(office, authenticator=authenticator, auth_require_tls=False) as port:
        url = f"smtp://office:wrong@127.0.0.1:{port}"
        with Smtp(url) as smtp, pytest.raises(Unreachable, match=r"^535 5\.7\.8"):
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.log == []


@pytest.mark.usefixtures("trusted")
def test_a_password_through_starttls(office: Office, tls: ssl.SSLContext) -> None:
    with (
        running(office, tls_context=tls, authenticator=authenticator) as port,
        Smtp(f"smtp://office:p%40ss%2Fword@{NOT_THIS_MACHINE}:{port}") as smtp,
    ):
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER]


def test_no_password_for_a_stranger(office: Office, tls: ssl.SSLContext) -> None:
    with running(office, tls_context=tls, authenticator=authenticator) as port:
        url = f"smtp://office:p%40ss%2Fword@{NOT_THIS_MACHINE}:{port}"
        with Smtp(url) as smtp, pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.log == []


def test_without_a_password_any_tls_is_better_than_none(
    office: Office, tls: ssl.SSLContext
) -> None:
    with (
        running(office, tls_context=tls, require_starttls=True) as port,
        Smtp(f"smtp://{NOT_THIS_MACHINE}:{port}") as smtp,
    ):
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER]


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_first_byte(office: Office, tls: ssl.SSLContext) -> None:
    with running(office, ssl_context=tls) as port, Smtp(f"smtps://127.0.0.1:{port}") as smtp:
        smtp.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.contents == [LETTER]


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://office:pass/word@mail.example.org",
        "smtp://office:pass#word@mail.example.org",
        "smtp://office:密码@mail.example.org",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org/inbox",
    ],
)
def test_a_malformed_address_is_said_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="The address of the mail server is smtp:"):
        transport_for(url, Path("outbox"))


def test_which_way_out(tmp_path: Path) -> None:
    assert isinstance(transport_for("", tmp_path), Folder)
    assert isinstance(transport_for("smtp://mail.example.org", tmp_path), Smtp)


def test_a_folder_keeps_letters_as_files(tmp_path: Path, office: Office) -> None:
    folder = tmp_path / "outbox"

    with Folder(folder) as outbox:
        again = outbox.send(
            SENDER, READER, b"Message-ID: <m7.42@example.org>\r\n\r\n", before_end=office.mark
        )
        accepted = outbox.send(SENDER, READER, LETTER, before_end=office.mark)

    name = "m7.42@example.org.eml"
    assert again == accepted == Accepted(code=250, text=f"kept as {name}", queue_id=name)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {name: LETTER}
    assert office.log == ["mark", "mark"]


@pytest.mark.parametrize(
    "content",
    [b"Message-ID: <../../x@y>\r\n\r\nHi", b"Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", b""],
)
def test_a_file_name_is_never_taken_from_elsewhere(tmp_path: Path, content: bytes) -> None:
    with Folder(tmp_path) as outbox:
        outbox.send(SENDER, READER, content, before_end=lambda: None)

    (file,) = tmp_path.iterdir()
    assert len(file.name) == len("0" * 64 + ".eml")
    assert file.read_bytes() == content


def test_a_mark_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        raise BrokenPipeError("the database is gone")

    with Folder(tmp_path) as outbox, pytest.raises(BrokenPipeError, match="the database is gone"):
        outbox.send(SENDER, READER, LETTER, before_end=fail)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_unreachable(tmp_path: Path, office: Office) -> None:
    (tmp_path / "outbox").write_text("a file is in the way")

    with Folder(tmp_path / "outbox") as outbox, pytest.raises(Unreachable):
        outbox.send(SENDER, READER, LETTER, before_end=office.mark)

    assert office.log == []


def test_a_full_disk_is_unreachable_and_leaves_no_file(tmp_path: Path, office: Office) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(LETTER) - 1, hard))
    try:
        with Folder(tmp_path) as outbox, pytest.raises(Unreachable, match="File too large"):
            outbox.send(SENDER, READER, LETTER, before_end=office.mark)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []
    assert office.log == []
