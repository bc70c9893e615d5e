"""Trainings at hospitals in files: brought in, completed, told apart, and taken back."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.codes.models import Code, CodeAlias, CodeKind
from alumni.codes.queries import normal_word
from alumni.db import db, transaction
from alumni.people.models import Person, PersonStatus, Training
from alumni.roster.models import BatchKind, ImportBatch, ImportRow
from tests.factories import saved
from tests.roster.rosters import ZENG, as_csv, brought_in, counts, staged
from tests.roster.test_undoing import undone

HEADER = ("姓名", "学号", "规培医院", "培训类别", "培训科室", "培训开始时间", "培训结束时间")
UNION = ("北京协和医院", "规培", "口腔科", "2008年9月", "2011.08")


def told(*cells: str) -> bytes:
    """What a list says of the training of Zeng Guoqiang."""
    return as_csv((*ZENG[:2], *cells), header=HEADER)


def trainings() -> list[Any]:
    db.session.rollback()
    facts = (Training.written, Training.kind, Training.department)
    span = (Training.from_year, Training.from_month, Training.to_year, Training.to_month)
    return list(db.session.execute(select(*facts, *span).order_by(Training.id)).all())


def changes_of(batch: ImportBatch) -> dict[str, list[Any]]:
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id)
    return db.session.scalars(rows).one().changes


def test_a_training_comes_in_with_whom_it_is_told_of() -> None:
    brought_in(told(*UNION))

    assert trainings() == [("北京协和医院", "residency", "口腔科", 2008, 9, 2011, 8)]
    assert counts(staged(told(*UNION))) == (0, 0, 1, 0, 0)


def test_a_hospital_of_the_list_is_known_by_its_names() -> None:
    hospital = saved(Code(kind=CodeKind.HOSPITAL, name_zh="北京协和医院", name_en="Union Hospital"))
    saved(CodeAlias(code_id=hospital.id, kind=CodeKind.HOSPITAL, name=normal_word("协和")))
    db.session.rollback()

    brought_in(told("协和", *UNION[1:]))

    db.session.rollback()
    assert db.session.scalars(select(Training.hospital_id)).all() == [hospital.id]
    for name in ("协和", "北京协和医院", "union hospital"):
        assert counts(staged(told(name, *UNION[1:]))) == (0, 0, 1, 0, 0)


def test_what_is_news_of_a_training_takes_its_place_in_it() -> None:
    brought_in(told("北京协和医院", "规培", "", "2008", ""))

    batch = brought_in(told("北京协和医院", "规培", "口腔外科", "2008.09", "2011"))

    assert trainings() == [("北京协和医院", "residency", "口腔外科", 2008, 9, 2011, None)]
    assert changes_of(batch) == {
        "training_department": [None, "口腔外科"],
        "training_from": ["2008", "2008-09"],
        "training_to": [None, "2011"],
    }
    assert counts(staged(told("北京协和医院", "规培", "", "2008", "2011"))) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize("other", [("上海第九人民医院", "规培"), ("北京协和医院", "进修")])
def test_another_hospital_or_kind_is_another_training(other: tuple[str, str]) -> None:
    brought_in(told(*UNION))

    brought_in(told(*other, "", "2015", ""))

    kind = {"规培": "residency", "进修": "further"}[other[1]]
    assert trainings()[1:] == [(other[0], kind, None, 2015, None, None, None)]
    assert counts(staged(told(*UNION))) == (0, 0, 1, 0, 0)


def test_who_keeps_the_own_record_is_given_none_beside_theirs() -> None:
    brought_in(told(*UNION))
    with transaction():
        person = db.session.scalars(select(Person)).one()
        person.status = PersonStatus.VERIFIED
        record(SYSTEM, "verified", person)

    batch = brought_in(told("上海第九人民医院", "进修", "口腔科", "", ""))

    assert len(trainings()) == 1
    assert counts(batch) == (0, 0, 1, 0, 0)


def test_a_training_is_taken_back_with_its_import() -> None:
    first = brought_in(told("北京协和医院", "规培", "", "2008", ""))
    before = trainings()
    second = brought_in(told("北京协和医院", "规培", "口腔科", "2008.09", ""))
    third = brought_in(told("上海第九人民医院", "进修", "", "", ""))

    undone(third)
    undone(second)
    assert trainings() == before

    undone(first)
    assert trainings() == []


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            ("北京协和医院", "", "口腔科", "", ""),
            ["training_kind", "", "is missing"],
        ),
        (
            ("北京协和医院", "旅游", "", "", ""),
            ["training_kind", "旅游", "is not a known kind of training"],
        ),
        (
            ("北京协和医院", "规培", "", "2011.09", "2011.08"),
            ["training_to", "2011-08", "is before the beginning"],
        ),
    ],
)
def test_what_cannot_be_is_said(cells: tuple[str, ...], reason: list[str]) -> None:
    batch = staged(told(*cells))

    assert counts(batch) == (0, 0, 0, 0, 1)
    assert db.session.scalars(select(ImportRow.reasons)).one() == [reason]


def test_without_a_hospital_there_is_no_training() -> None:
    brought_in(told("", "规培", "口腔科", "2008", ""))

    assert trainings() == []


def test_an_end_before_the_beginning_that_we_know_is_left_aside() -> None:
    brought_in(told("北京协和医院", "规培", "", "2008", ""))

    brought_in(told("北京协和医院", "规培", "", "", "2005"))

    assert trainings() == [("北京协和医院", "residency", None, 2008, None, None, None)]


def test_a_chapter_s_list_fills_what_is_not_known() -> None:
    brought_in(told("北京协和医院", "规培", "", "2008", ""))

    brought_in(told(*UNION), kind=BatchKind.CHAPTER)

    assert trainings() == [("北京协和医院", "residency", "口腔科", 2008, None, 2011, 8)]
