"""What nobody may by leading a chapter."""

from flask import current_app
from sqlalchemy import select
from werkzeug.routing import Rule

from alumni.accounts.models import Link
from alumni.authz import Right
from alumni.chapters.models import Chapter, Position, PositionRight
from alumni.db import db
from alumni.people.models import ContactKind, ContactPoint, Level, Person, StudyInstitution
from tests.factories import (
    account_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.membership.officers.made import SignIn
from tests.privacy.crawling import plain as readable


def all_powerful(chapter: Chapter) -> Person:
    """A leader with every right there is."""
    position = saved(Position(code="all", name_zh="全能", name_en="All", order=9))
    for right in Right:
        saved(PositionRight(position_id=position.id, right=right))
    return make_officer(chapter, "all")


def test_no_leader_changes_how_a_member_signs_in(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader, member = all_powerful(chapter), make_member(chapter)
    account = account_of(member)
    before = (account.email, account.password_hash, account.totp_secret, account.suspended_at)
    browser = signed_in(leader)
    token = browser.get("/chapters").forms[0].values["csrf_token"]
    wanted = {
        "csrf_token": token,
        "email": "thief@example.org",
        "login": "thief@example.org",
        "password": "a long way from home 28",
        "repeat": "a long way from home 28",
        "person": member.public_id,
        "account": account.id,
        "account_id": account.id,
        "public_id": member.public_id,
    }
    addresses = _addresses_with(member.public_id, account.id)

    answers = {url: browser.open("post", url, data=wanted).status for url in addresses}

    assert len(addresses) > 10
    assert set(answers.values()) <= {403, 404}, answers
    db.session.rollback()
    db.session.refresh(account)
    assert before == (
        account.email,
        account.password_hash,
        account.totp_secret,
        account.suspended_at,
    )
    assert db.session.scalars(select(Link).where(Link.account_id == account.id)).all() == []


def _addresses_with(public_id: str, account_id: int) -> list[str]:
    """Every address of the office to which something about one person or account is sent."""
    rules = [
        rule
        for rule in current_app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.rule.startswith(("/office/people/<", "/office/accounts", "/office/staff"))
    ]
    values = {"public_id": public_id, "other_id": public_id, "section": "contacts", "mark": "lost"}
    built = []
    for rule in rules:
        given = {name: values.get(name, account_id) for name in rule.arguments}
        built.append(current_app.url_map.bind("").build(rule.endpoint, given))
    return sorted(set(built))


def test_no_leader_sees_the_record_or_what_only_the_office_keeps(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = all_powerful(chapter)
    member = make_member(
        chapter, make_verified("曾国强", year=1998, student_number="qzstudent7", birth_year=1973)
    )
    told = db.session.scalars(
        select(StudyInstitution).where(StudyInstitution.person_id == member.id)
    ).one()
    told.certificate_number = "qzdiploma7"
    saved(told)
    for kind, value in ((ContactKind.POSTAL, "qzstreet7"), (ContactKind.WECHAT, "qzwechat7")):
        saved(
            ContactPoint(
                person_id=member.id, kind=kind, value=value, normal=value, visibility=Level.OFFICE
            )
        )
    desk = f"/chapters/{chapter.slug}/desk"
    listed = [rule.rule for rule in current_app.url_map.iter_rules() if _is_of_desk(rule)]
    pages = [page.replace("<slug>", chapter.slug) for page in listed]
    pages += [
        f"/people/{member.public_id}",
        f"/people/{member.public_id}/card.vcf",
        f"/people?q={member.name_zh}",
        f"{desk}/members?q={member.name_zh}",
        f"{desk}/export?form=1",
    ]
    browser = signed_in(leader)

    seen = {page: readable(browser.get(page)) for page in pages}

    assert len(listed) > 8
    assert "zeng guoqiang" in seen[f"{desk}/members"]
    private = ("qzstudent7", "qzdiploma7", "qzstreet7", "qzwechat7", "1973")
    assert [(page, word) for page in seen for word in private if word in seen[page]] == []


def _is_of_desk(rule: Rule) -> bool:
    of_desk = rule.rule.startswith("/chapters/<slug>/desk") and rule.arguments == {"slug"}
    return of_desk and "GET" in (rule.methods or ())
