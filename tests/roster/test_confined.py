"""The process in which files are read: what it may take, and what becomes of it."""

import io
import os
import re
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from alumni.roster.cells import Unreadable
from alumni.roster.confined import Allowance, answers
from alumni.roster.models import BatchKind
from alumni.roster.reading import look
from alumni.roster.rows import read_rows
from alumni.roster.sheets.limits import REASONS, Limits
from alumni.roster.sheets.telling import Told

pytestmark = [pytest.mark.pure, pytest.mark.once]

HEADERS = {"姓名": "name", "学号": "student_number"}
MANY = ("姓名,学号\n" + "".join(f"王伟,{n:06}\n" for n in range(30_000))).encode()


def asked(**others: Any) -> dict[str, Any]:
    return {"task": "look", "headers": HEADERS, "limits": Limits()._asdict(), **others}


def refused(content: bytes, allowance: Allowance, **others: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        list(answers(asked(**others), [content], allowance))
    return caught.value.reason


def children() -> list[int]:
    """The processes that this one has begun and not seen to their end."""
    told = (one.read_text() for one in Path("/proc/self/task").glob("*/children"))
    return sorted(int(child) for some in told for child in some.split())


def reading(content: bytes) -> Generator[Told, None, None]:
    looked = look(content)
    return read_rows([content], BatchKind.REGISTRAR, looked.fields, looked)


def test_a_file_is_looked_at_and_read_in_parts() -> None:
    rows = list(reading(MANY))

    assert len(rows) == 30_000
    assert rows[-1] == (30_001, {"name": "王伟", "student_number": "029999"}, [])
    assert children() == []


def test_a_file_comes_in_parts() -> None:
    parts = (MANY[at : at + 1000] for at in range(0, len(MANY), 1000))

    (told,) = answers(asked(), parts, Allowance())

    assert told["looked"]["rows"] == 30_000


def test_the_process_ends_when_nobody_reads_on() -> None:
    rows = reading(MANY)
    next(rows)
    assert len(children()) == 1

    rows.close()

    assert children() == []


def test_the_process_knows_nothing_of_ours_and_may_write_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALUMNI_SECRET_KEY", "do not tell")
    rows = reading(MANY)
    next(rows)
    (child,) = children()

    environment = Path(f"/proc/{child}/environ").read_bytes()
    limits = Path(f"/proc/{child}/limits").read_text()
    rows.close()

    names = {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert names == {b"PYTHONPATH", b"PYTHONUTF8"}
    assert re.search(r"Max file size +0 ", limits)
    assert re.search(rf"Max address space +{Allowance().memory} ", limits)
    assert re.search(rf"Max cpu time +{Allowance().computing} ", limits)


def test_too_little_memory() -> None:
    content = "姓名,学号\n".encode() + b"1" * 19 * 2**20

    assert refused(content, Allowance(memory=50 * 2**20)) == REASONS["unzipped"]
    assert children() == []


def test_too_little_memory_for_the_reader_of_workbooks() -> None:
    sheet = "<row>" + "<c><v>1</v></c>" * 100 + "</row>"
    cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADERS)
    content = workbook(f"<row>{cells}</row>{sheet * 20_000}")

    assert refused(content, Allowance(memory=120 * 2**20)) == REASONS["unzipped"]


def test_too_much_computing() -> None:
    content = ("姓名,学号\n" + "王伟,1\n" * 2_000_000).encode()

    limits = Limits(rows=3_000_000)._asdict()
    assert refused(content, Allowance(computing=1), limits=limits) == REASONS["too_long"]


def test_too_long_a_wait() -> None:
    assert refused(MANY, Allowance(waiting=0)) == REASONS["too_long"]
    assert children() == []


def test_too_long_an_answer_is_not_taken() -> None:
    assert refused(MANY, Allowance(answer=20)) == REASONS["damaged"]


def test_a_process_that_fails_is_said() -> None:
    assert refused(MANY, Allowance(), task="rows") == REASONS["damaged"]


def workbook(rows: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns:r="{relations}"><sheets><sheet name="a" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships><Relationship Id="r1" Type="{relations}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        sheet = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def test_half_a_megabyte_that_unpacks_to_two_hundred_is_refused() -> None:
    row = f'<row><c r="A1" t="inlineStr"><is><t>{os.urandom(12).hex()}</t></is></c></row>'
    content = workbook(row * (200 * 2**20 // len(row)))

    assert len(content) < 1_000_000
    assert refused(content, Allowance()) == REASONS["unzipped"]
    with pytest.raises(Unreadable) as caught:
        look(content)
    assert str(caught.value) == (
        "The file is too large to process once unpacked. Split it into several files."
    )
