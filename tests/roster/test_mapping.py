"""What columns hold: as their headers say, as the office said before, and as it says now."""

import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from alumni.authz import ANYONE, SYSTEM
from alumni.db import db, transaction
from alumni.errors import Invalid, Refusal
from alumni.i18n import LANGUAGES, _, speaking
from alumni.people.fields import HEADERS
from alumni.roster.cells import Unreadable
from alumni.roster.commands.imports import discard
from alumni.roster.commands.receiving import (
    CHUNK,
    content_of,
    drop_content,
    map_columns,
    receive,
)
from alumni.roster.importable import IMPORTABLE, lacking, needs, regions
from alumni.roster.models import (
    BatchKind,
    BatchState,
    ImportBatch,
    ImportChunk,
    ImportMapping,
    ImportRow,
    Policy,
)
from alumni.roster.policy import may_fetch_template, may_import
from alumni.roster.queries.errors import LINE, REASON
from alumni.roster.queries.mapping import offered, policies
from alumni.roster.queries.templates import template_csv, template_keys, template_xlsx
from alumni.roster.reading import REASONS, Looked, look
from alumni.roster.rows import read_rows
from alumni.roster.sheets.headers import normal_header
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import make_verified
from tests.refusals import refused
from tests.roster.rosters import ZENG, as_csv, staged

IMPORTS = "/office/imports"
UNSURE = ("姓名", "学号", "手机", "联系电话", "宿舍")
ROWS = [("王伟", "1", "13800000001", "", "3号楼"), ("李四", "2", "", "13800000002", "5号楼")]


def received(
    content: bytes, kind: BatchKind = BatchKind.REGISTRAR, name: str = "a.csv"
) -> ImportBatch:
    with speaking("en"), transaction():
        return receive(SYSTEM, name, content, kind)


def mapped(batch: ImportBatch, columns: Mapping[str, str | None], **said: str) -> ImportBatch:
    with speaking("en"), transaction():
        map_columns(SYSTEM, batch, columns, said)
    return batch


def values(content: bytes, kind: BatchKind = BatchKind.CHAPTER) -> list[dict[str, Any]]:
    looked = look(content)
    return [told.values for told in read_rows([content], kind, looked.fields, looked)]


# What headers say


def test_what_is_sure_and_what_is_not() -> None:
    header = ("序号", "姓名", "姓名", "拼音", "", "职务（现）", "备注", "宿舍", "E-mail ")
    looked = look(
        as_csv(("1", "王伟", "王玮", "Wang Wei", "x", "医师", "b", "3", "a@b.cn"), header=header)
    )

    assert [(one.name, one.key, one.is_sure) for one in looked.columns] == [
        ("序号", None, True),
        ("姓名", "name", False),
        ("姓名 (2)", None, False),
        ("拼音", None, True),
        ("E", None, False),
        ("职务（现）", "title", False),
        ("备注", None, True),
        ("宿舍", None, False),
        ("E-mail", "email", True),
    ]
    assert looked.columns[5].samples == ("医师",)
    assert not looked.is_sure


def test_a_column_without_header_and_values_needs_no_answer() -> None:
    looked = look(as_csv(("王伟", "", "1"), header=("姓名", "", "学号")))

    assert looked.is_sure
    assert looked.fields == {"姓名": "name", "B": None, "学号": "student_number"}


def test_a_header_can_be_named() -> None:
    content = as_csv(("王伟", "1", "2"), header=("姓名", "号码", "学号"))

    looked = look(content, named={"student_number": "号 码"})

    assert looked.fields == {"姓名": "name", "号码": "student_number", "学号": None}
    for named, reason in (
        ({"shoe": "号码"}, "unknown_field"),
        ({"phone": "电话"}, "no_such_header"),
    ):
        with pytest.raises(Unreadable) as caught:
            look(content, named=named)
        assert caught.value.reason == REASONS[reason]


def test_a_look_can_be_kept() -> None:
    looked = look(as_csv(ZENG))

    assert Looked.from_json(looked.as_json()) == looked
    assert looked.rows == 1


def test_files_of_one_shape() -> None:
    one, same, other = (
        look(as_csv(("王伟", "1"), header=header)).shape
        for header in (("姓名", "学号"), ("姓 名", "学号*（必填）"), ("学号", "姓名"))
    )

    assert one == same != other


def test_what_a_table_of_wrong_rows_adds_is_left_out() -> None:
    for language in LANGUAGES:
        with speaking(language):
            header = (_(LINE), "姓名", "学号", _(REASON))
        looked = look(as_csv(("3", "王伟", "1", "…"), header=header))
        assert (looked.is_sure, list(looked.fields.values())) == (
            True,
            [None, "name", "student_number", None],
        )


@pytest.mark.parametrize(
    ("kind", "keys", "is_enough"),
    [
        (BatchKind.REGISTRAR, "name graduation", False),
        (BatchKind.REGISTRAR, "student_number", True),
        (BatchKind.CHAPTER, "name employer city", False),
        (BatchKind.CHAPTER, "name graduation_year", True),
        (BatchKind.CHAPTER, "graduation_year college", False),
        (BatchKind.CONTACTS, "phone", True),
        (BatchKind.CONTACTS, "certificate_number", True),
        (BatchKind.CONTACTS, "", False),
    ],
)
def test_what_tells_people_apart(kind: BatchKind, keys: str, is_enough: bool) -> None:  # noqa: FBT001 - a parameter
    assert (lacking(kind, frozenset(keys.split())) is None) == is_enough
    assert needs(kind)[0] == ("student_number" if kind is BatchKind.REGISTRAR else "name")


def test_a_row_that_names_nobody_is_wrong() -> None:
    content = as_csv(("", "1998", ""), ("", "1998", "a@b.cn"), header=("姓名", "届别", "邮箱"))
    looked = look(content)

    rows = list(read_rows([content], BatchKind.CHAPTER, looked.fields, looked))

    assert [row.reasons for row in rows] == [[["name", "", "is missing"]], []]


def test_fields_that_files_bring_in() -> None:
    header = ("姓名", "出生年月", "毕业证书编号", "微信号", "学号")
    row = ("王　伟", "1976年5月", "辽医毕字 第0012号", "wx_1", "＇１２")

    assert values(as_csv(row, header=header)) == [
        {
            "name": "王伟",
            "birth_year": 1976,
            "certificate_number": "辽医毕字第0012号",
            "wechat": "wx_1",
            "student_number": "12",
        }
    ]


@pytest.mark.parametrize(
    ("country", "written", "phone"),
    [
        ("USA", "(212) 736-5000", "+1 212-736-5000"),
        ("加拿大", "416 736 2100", "+1 416-736-2100"),
        ("美国", "+1 (212) 736-5000", "+1 (212) 736-5000"),
        ("United Kingdom", "020 7946 0018", "+44 20 7946 0018"),
        ("Canada", "13800000000", "13800000000"),
        ("Canada", "12", "12"),
        ("中国", "13800000000", "13800000000"),
        ("香港", "2123 4567", "+852 2123 4567"),
        ("Atlantis", "13800000000", "13800000000"),
        ("", "(212) 736-5000", "(212) 736-5000"),
    ],
)
def test_a_phone_is_one_of_the_country_in_the_row(country: str, written: str, phone: str) -> None:
    (told,) = values(as_csv(("王伟", written, country), header=("Name", "Phone", "Country")))

    assert told["phone"] == phone
    assert regions()["u.s."] == regions()["美国"] == regions()["us"] == "US"


# Receiving


def test_a_file_is_kept_as_it_came() -> None:
    content = as_csv(ZENG) + ("," * 12 + "\n").encode() * 200_000
    batch = received(content, name="名" * 300)

    assert (
        db.session.scalar(select(func.count()).select_from(ImportChunk))
        == len(content) // CHUNK + 1
    )
    assert b"".join(content_of(batch)) == content
    assert (batch.state, batch.rows, len(batch.file_name)) == (BatchState.READING, 1, 200)

    with transaction():
        drop_content(batch)
    with pytest.raises(Refusal, match="not kept any more"), speaking("en"):
        list(content_of(batch))


@pytest.mark.parametrize(
    ("header", "kind", "state"),
    [
        (("姓名", "学号"), BatchKind.REGISTRAR, BatchState.READING),
        (("姓名", "届别"), BatchKind.REGISTRAR, BatchState.RECEIVED),
        (("姓名", "届别"), BatchKind.CHAPTER, BatchState.READING),
        (("姓名", "宿舍"), BatchKind.CHAPTER, BatchState.RECEIVED),
        (("学号", "宿舍"), BatchKind.REGISTRAR, BatchState.RECEIVED),
    ],
)
def test_only_a_file_that_leaves_no_question_is_read_at_once(
    header: tuple[str, str], kind: BatchKind, state: BatchState
) -> None:
    assert received(as_csv(("王伟", "1998"), header=header), kind).state is state


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Invalid, match="Line 2: A quotation mark") as caught:
        received('姓名,学号\n王伟,"1\n李雷,2\n'.encode())

    assert caught.value.field == "file"


def test_what_was_said_is_used_for_the_next_file_of_the_shape_and_kind() -> None:
    content = as_csv(*ROWS, header=UNSURE)
    columns = {"姓名": "name", "学号": "student_number", "手机": "phone"}
    batch = mapped(received(content), columns, phone="skip")

    assert batch.state is BatchState.READING
    assert batch.columns == {**columns, "联系电话": None, "宿舍": None}
    assert batch.policies == {"phone": "skip"}

    again = received(as_csv(ROWS[0], header=("姓 名", *UNSURE[1:])))
    assert (again.state, again.policies) == (BatchState.READING, {})
    assert list(again.columns.values()) == ["name", "student_number", "phone", None, None]
    assert received(content, BatchKind.CHAPTER).state is BatchState.RECEIVED

    chapters = received(content, BatchKind.CHAPTER)
    mapped(chapters, {**columns, "手机": None, "联系电话": "phone"})
    with transaction():
        chapters.state = BatchState.STAGED
    mapped(chapters, columns)
    kept = select(ImportMapping.kind, ImportMapping.columns).order_by(ImportMapping.id)
    assert [tuple(row) for row in db.session.execute(kept)] == [
        (
            kind,
            {
                "姓名": "name",
                "学号": "student_number",
                "手机": "phone",
                "联系电话": None,
                "宿舍": None,
            },
        )
        for kind in (BatchKind.REGISTRAR, BatchKind.CHAPTER)
    ]


def test_only_what_differs_from_the_kind_s_own_policy_is_kept() -> None:
    batch = received(as_csv(*ROWS, header=UNSURE), BatchKind.CHAPTER)
    usual = {key: policy.value for key, policy in policies(BatchKind.CHAPTER, {}).items()}

    mapped(batch, {"姓名": "name", "学号": "student_number"}, **{**usual, "major": "overwrite"})

    assert usual["major"] == "fill"
    assert batch.policies == {"major": "overwrite"}
    assert policies(batch.kind, batch.policies)["major"] is Policy.OVERWRITE
    assert policies(BatchKind.REGISTRAR, {})["major"] is Policy.OVERWRITE


@pytest.mark.parametrize(
    ("columns", "said", "message", "field"),
    [
        ({"姓名": "name", "学号": "name"}, {}, "“姓名” holds this already (Name)", "column_1"),
        ({"姓名": "name"}, {}, "No column holds student numbers", "columns"),
        ({"学号": "student_number", "手机": "pinyin"}, {}, "no such field", "columns"),
        ({"学号": "student_number"}, {"phone": "burn"}, "no such field", "columns"),
        ({"学号": "student_number"}, {"shoe": "fill"}, "no such field", "columns"),
    ],
)
def test_columns_that_make_no_sense_are_refused(
    columns: dict[str, str | None], said: dict[str, str], message: str, field: str
) -> None:
    batch = received(as_csv(*ROWS, header=UNSURE))

    with pytest.raises(Invalid, match=re.escape(message)) as caught:
        mapped(batch, columns, **said)

    assert caught.value.field == field
    db.session.refresh(batch)
    assert batch.state is BatchState.RECEIVED


def test_a_file_that_was_read_can_be_read_anew_until_it_is_brought_in() -> None:
    batch = staged(as_csv(ZENG))
    assert batch.new == 1

    mapped(batch, {**batch.columns, "手机": None})

    assert (batch.state, batch.new, batch.read_rows, batch.rows) == (BatchState.READING, 0, 0, 1)
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 0
    with pytest.raises(Refusal, match="under way or done"):
        mapped(batch, batch.columns)


def test_only_the_office_brings_files() -> None:
    batch = received(as_csv(ZENG))
    with refused(may_import), transaction():
        receive(ANYONE, "a.csv", as_csv(ZENG))
    with refused(may_import), transaction():
        map_columns(ANYONE, batch, batch.columns, {})
    with refused(may_fetch_template):
        template_csv(ANYONE, BatchKind.CHAPTER)
    with refused(may_fetch_template):
        template_xlsx(ANYONE, BatchKind.CHAPTER)


# Templates


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", BatchKind)
@pytest.mark.parametrize("make", [template_csv, template_xlsx])
def test_a_template_is_known_when_it_comes_back(language: str, kind: BatchKind, make: Any) -> None:
    with speaking(language):
        content = b"".join(make(SYSTEM, kind))

    looked = look(content)

    assert looked.is_sure
    assert list(looked.fields.values()) == template_keys(kind)
    assert lacking(kind, frozenset(template_keys(kind))) is None
    assert (looked.rows, list(read_rows([content], kind, looked.fields, looked))) == (0, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_a_template_could_be_brought_in(language: str) -> None:
    with speaking(language):
        content = b"".join(template_csv(SYSTEM, BatchKind.REGISTRAR)).decode("utf-8-sig")
    content = re.sub(r"\n[^:：,]*[:：] ?", "\n", content)
    looked = look(content.encode())

    (told,) = read_rows([content.encode()], BatchKind.REGISTRAR, looked.fields, looked)

    assert told.reasons == []
    assert set(told.values) == set(template_keys(BatchKind.REGISTRAR))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_is_known_as_a_header(language: str) -> None:
    with speaking(language):
        labels = {key: normal_header(str(field.label)) for key, field in IMPORTABLE.items()}

    assert {key: HEADERS.get(label) for key, label in labels.items()} == {
        key: key for key in labels
    }


# Pages


def upload(office: Browser, content: bytes, name: str = "名册.csv", **fields: str) -> Page:
    return office.submit(IMPORTS, file=(io.BytesIO(content), name), **fields)


def test_a_question_about_a_column_leads_to_its_page(office: Browser) -> None:
    page = office.follow(upload(office, as_csv(*ROWS, header=UNSURE), kind="chapter"))
    assert page.texts("h1") == ["What do the columns hold?"]
    assert page.texts("h2") == ["3 columns to look at"]
    assert "13800000001" in page.text
    assert "3号楼 · 5号楼" in page.text
    (form,) = [one for one in page.forms if "column_0" in one.values]
    assert [form.values[f"column_{at}"] for at in range(5)] == [
        "name",
        "student_number",
        "phone",
        "",
        "",
    ]
    assert form.values["policy_major"] == "fill"

    listed = office.get(IMPORTS)
    assert page.url in [link["href"] for link in listed.all("a")]

    after = office.send(form, page.url, column_3="wechat", policy_major="skip")

    batch = db.session.scalars(select(ImportBatch)).one()
    assert after.location == f"{IMPORTS}/{batch.public_id}"
    assert (batch.kind, batch.state) == (BatchKind.CHAPTER, BatchState.READING)
    assert list(batch.columns.values()) == ["name", "student_number", "phone", "wechat", None]
    assert batch.policies == {"major": "skip"}
    assert office.get(page.url).location == after.location


def test_what_was_chosen_stays_where_it_makes_no_sense(office: Browser) -> None:
    page = office.follow(upload(office, as_csv(*ROWS, header=UNSURE)))
    form = next(one for one in page.forms if "column_0" in one.values)

    twice = office.send(form, page.url, column_3="phone", column_4="city", policy_city="skip")

    assert twice.status == 422
    assert "联系电话: The column “手机” holds this already (Phone)" in twice.text
    form = next(one for one in twice.forms if "column_0" in one.values)
    assert (form.values["column_3"], form.values["column_4"]) == ("phone", "city")
    assert form.values["policy_city"] == "skip"

    nobody = office.send(form, page.url, column_1="", column_3="")
    assert nobody.status == 422
    assert "No column holds student numbers" in nobody.text


def test_a_file_in_which_nobody_can_be_told_apart_says_so(office: Browser) -> None:
    page = office.follow(upload(office, as_csv(("王伟", "1998"), header=("姓名", "届别"))))

    assert page.texts("h2") == []
    assert "No column holds student numbers" in page.text


def test_a_file_can_be_discarded_before_it_is_read(office: Browser) -> None:
    page = office.follow(upload(office, as_csv(*ROWS, header=UNSURE)))

    office.press(page.url, page.url.replace("columns", "discard"))

    assert db.session.scalar(select(ImportBatch.state)) is BatchState.DISCARDED
    assert db.session.scalar(select(func.count()).select_from(ImportChunk)) == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.4", "This is a PDF."),
        (b"PK\x03\x04", "The file is damaged or unsafe."),
        (b"<html><body>login</body></html>", "This is a web page"),
        ('姓名,学号\n曾国强,"1\n李雷,2\n'.encode(), "Line 2: A quotation mark is opened"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_on_the_form(
    office: Browser, content: bytes, reason: str
) -> None:
    page = upload(office, content, "名册.xlsx", kind="contacts")

    assert page.status == 422
    assert reason in page.text
    assert [one["value"] for one in page.all("input") if "checked" in one] == ["contacts"]


def test_a_kind_that_does_not_exist_is_refused(office: Browser) -> None:
    assert upload(office, as_csv(ZENG), kind="all").status == 422


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_templates_can_be_fetched(office: Browser, ending: str) -> None:
    page = office.get(IMPORTS)
    links = [one["href"] for one in page.all("a") if one["href"].endswith(ending)]
    assert links == [f"{IMPORTS}/template-{kind.value}.{ending}" for kind in BatchKind]

    file = office.get(links[0])

    assert file.status == 200
    assert look(file.content).fields["Name"] == "name"


def test_a_template_of_what_there_is_not(office: Browser) -> None:
    assert office.get(f"{IMPORTS}/template-all.xlsx").status == 404
    assert office.get(f"{IMPORTS}/template-chapter.pdf").status == 404


def test_columns_are_for_the_office(signed_in: SignIn, browser: Browser) -> None:
    batch = received(as_csv(*ROWS, header=UNSURE))
    member = signed_in(make_verified())

    for url in (f"{IMPORTS}/{batch.public_id}/columns", f"{IMPORTS}/template-chapter.csv"):
        assert member.get(url).status == 403
        assert browser.get(url).status == 303


def test_groups_of_fields_are_in_the_order_of_the_catalogue() -> None:
    with speaking("en"):
        groups = offered()

    assert [key for _group, fields in groups for key, _label in fields] == list(IMPORTABLE)
    assert groups[0][0] == "Names and person"


def test_discarding_is_told_of_a_received_file() -> None:
    batch = received(as_csv(*ROWS, header=UNSURE))
    with transaction():
        discard(SYSTEM, batch)

    assert batch.state is BatchState.DISCARDED
