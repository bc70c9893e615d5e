"""Saved audiences: kept, used by whom they were made for, and read anew with each use."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.audiences.commands import saved as commands
from alumni.audiences.commands.saved import Naming
from alumni.audiences.criteria import Audience
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audiences.policy import (
    may_change,
    may_list_people,
    may_save,
    may_see_audiences,
    may_share,
    may_use,
    usable,
)
from alumni.audiences.queries.saved import (
    MOST_COUNTED,
    audience_of,
    count_text,
    get_saved,
    saved_audience,
    saved_audiences,
)
from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor, Capability, require
from alumni.db import db, today, transaction
from alumni.errors import BadRequest, NotFound, Refusal
from alumni.i18n import speaking
from alumni.people.models import Level, Tag
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused


def staff(*capabilities: Capability) -> Account:
    account = make_account()
    for capability in capabilities:
        saved(Assignment(account_id=account.id, capability=capability, starts_on=today()))
    return account


def office() -> Actor:
    return actor_of(make_account(role="office"))


def keep(actor: Actor, data: dict[str, Any], **naming: Any) -> str:
    """Save it and return its public id."""
    told: dict[str, Any] = {"name_zh": "人群", "name_en": "Some people", "sharing": Sharing.OFFICE}
    if not actor.can(Capability.VIEW_PEOPLE):
        told["sharing"] = Sharing.NOBODY
    with transaction():
        return commands.save(
            actor, Audience.from_json(actor, data), Naming(**told | naming)
        ).public_id


def kept(public_id: str) -> SavedAudience:
    db.session.rollback()
    return db.session.scalars(
        select(SavedAudience).where(SavedAudience.public_id == public_id)
    ).one()


def deeds() -> list[str]:
    db.session.rollback()
    asked = select(ChangeSet.verb).where(ChangeSet.subject_table == "audience")
    return list(db.session.scalars(asked.order_by(ChangeSet.id)))


def test_a_saved_audience_means_the_people_of_today() -> None:
    actor = office()
    make_person("赵一", city="鞍山")
    public_id = keep(actor, {"city": "鞍山"})
    before = saved_audience(actor, public_id)
    make_person("钱二", city="鞍山")

    assert before.count == 1
    assert saved_audience(actor, public_id).count == 2
    assert before.audience == Audience.from_text(actor, "city=鞍山")
    assert before.name == "人群"
    with speaking("en"):
        assert before.name == "Some people"


def test_who_may_use_what() -> None:
    owner, other = office(), office()
    anshan = the_chapter("anshan")
    officer, member = actor_of(make_officer(anshan)), actor_of(make_member(anshan))
    letters = actor_of(staff(Capability.MANAGE_MAILINGS))
    made = {
        "own": keep(owner, {"q": "x"}, sharing=Sharing.NOBODY),
        "office": keep(owner, {"q": "x"}),
        "chapter": keep(owner, {"q": "x"}, sharing=Sharing.CHAPTER, chapter="anshan"),
    }

    def uses(actor: Actor) -> set[str]:
        found = set()
        for name, public_id in made.items():
            assert may_use(actor, kept(public_id)) is bool(
                db.session.scalar(
                    select(SavedAudience.id).where(
                        SavedAudience.public_id == public_id, usable(actor)
                    )
                )
            )
            if may_use(actor, kept(public_id)):
                get_saved(actor, public_id)
                Audience.from_text(actor, f"saved={public_id}")
                found.add(name)
            else:
                with pytest.raises(BadRequest):
                    Audience.from_text(actor, f"saved={public_id}")
                with pytest.raises(NotFound):
                    get_saved(actor, public_id)
                with pytest.raises(NotFound):
                    saved_audience(actor, public_id)
        return found

    assert uses(owner) == {"own", "office", "chapter"}
    assert uses(other) == uses(letters) == {"office"}
    assert uses(officer) == {"chapter"}
    assert uses(member) == uses(ANYONE) == set()
    assert [may_change(other, kept(made[name])) for name in made] == [False, True, False]
    assert [may_change(letters, kept(made[name])) for name in made] == [False] * 3


def test_rules_refuse() -> None:
    member = make_verified("赵一")
    letters = actor_of(staff(Capability.MANAGE_MAILINGS))
    public_id = keep(office(), {"q": "x"})
    naming = Naming(name_zh="名", name_en="")

    with refused(may_list_people):
        require(may_list_people, letters)
    with refused(may_see_audiences):
        require(may_see_audiences, actor_of(member))
    with refused(may_save):
        commands.save(ANYONE, Audience(), naming)
    with refused(may_save):
        commands.save(SYSTEM, Audience(), naming)
    for sharing in (Sharing.OFFICE, Sharing.CHAPTER):
        with refused(may_share):
            commands.save(
                actor_of(member), Audience(), Naming(name_zh="名", name_en="", sharing=sharing)
            )
    with refused(may_change):
        commands.change(letters, public_id, naming)
    with refused(may_change):
        commands.rename(letters, public_id, "名")
    with refused(may_change):
        commands.delete(letters, public_id)
    db.session.rollback()


def test_it_is_renamed_shared_changed_and_deleted_with_history() -> None:
    actor = office()
    public_id = keep(actor, {"q": "x"})
    chapter = Naming(name_zh="新名", name_en="", sharing=Sharing.CHAPTER, chapter="anshan")

    with transaction():
        commands.change(actor, public_id, chapter, Audience.from_text(actor, "q=y"))
    one = kept(public_id)
    assert (one.name_zh, one.name_en, one.sharing) == ("新名", "", Sharing.CHAPTER)
    assert (one.chapter_id, one.criteria) == (the_chapter("anshan").id, {"q": "y"})
    with transaction():
        commands.change(actor, public_id, Naming(name_zh="", name_en="New"))
    assert (kept(public_id).chapter_id, kept(public_id).criteria) == (None, {"q": "y"})
    with transaction(), speaking("zh"):
        commands.rename(actor, public_id, "Newer")
    assert (kept(public_id).name_zh, kept(public_id).name_en) == ("", "Newer")
    with transaction():
        commands.delete(actor, public_id)
    with pytest.raises(NotFound):
        get_saved(actor, public_id)
    assert deeds() == [
        "saved_audience",
        "changed_audience",
        "changed_audience",
        "changed_audience",
        "deleted_audience",
    ]


def test_what_cannot_be_kept() -> None:
    actor = office()

    for naming in (
        Naming(name_zh="", name_en=""),
        Naming(name_zh="名", name_en="", sharing=Sharing.CHAPTER),
        Naming(name_zh="名", name_en="", sharing=Sharing.CHAPTER, chapter="atlantis"),
    ):
        with pytest.raises(Refusal):
            commands.save(actor, Audience(), naming)
        db.session.rollback()
    long = Audience.from_query(actor, {"q": ["x" * 5000]})
    with pytest.raises(BadRequest):
        commands.save(actor, long, Naming(name_zh="名", name_en=""))


def test_one_account_keeps_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_SAVED", 2)
    actor, other = office(), office()
    for place in range(2):
        keep(actor, {"q": str(place)})

    keep(other, {"q": "x"})
    with pytest.raises(Refusal):
        keep(actor, {"q": "x"})


def test_an_audience_of_audiences() -> None:
    actor = office()
    make_person("赵一", city="鞍山")
    make_person("钱二", city="沈阳")
    inner = keep(actor, {"city": "鞍山"}, name_zh="鞍山人")
    outer = keep(actor, {"not": {"saved": inner}})
    found = saved_audience(actor, outer)

    assert found.count == 1
    assert found.audience is not None
    assert found.audience.sentence() == "不是（属于人群“鞍山人”）"
    with transaction():
        commands.change(
            actor,
            inner,
            Naming(name_zh="沈阳人", name_en=""),
            Audience.from_text(actor, "city=沈阳"),
        )
    listed = saved_audience(actor, outer).audience
    assert listed is not None
    assert listed.sentence() == "不是（属于人群“沈阳人”）"


def test_reading_an_audience_has_an_end(queries: list[str]) -> None:
    """Each saved one is asked of the database, and an address has room for hundreds of them."""
    actor = office()
    inner = [keep(actor, {"q": f"x{number}"}) for number in range(20)]
    middle = keep(actor, {"any": [{"saved": one} for one in inner]})
    assert Audience.from_json(actor, {"any": [{"saved": middle}] * 10}).sentence()
    queries.clear()

    with speaking("en"), pytest.raises(BadRequest, match="more than 480 conditions"):
        Audience.from_json(actor, {"any": [{"saved": middle}] * 60})

    assert len(queries) < 500


def test_an_audience_is_not_made_of_itself() -> None:
    actor = office()
    first = keep(actor, {"q": "x"})
    second = keep(actor, {"all": [{"q": "y"}, {"saved": first}]})
    naming = Naming(name_zh="名", name_en="", sharing=Sharing.OFFICE)

    for inside in (first, second):
        ring = Audience.from_json(actor, {"any": [{"q": "z"}, {"saved": inside}]})
        with pytest.raises(BadRequest) as refused_:
            commands.change(actor, first, naming, ring)
        assert "any[1].saved" in str(refused_.value)
        db.session.rollback()

    one = kept(first)  # as if both had been changed at the same moment
    one.criteria = {"saved": second}
    saved(one)
    for inside in (first, second):
        with pytest.raises(BadRequest):
            Audience.from_text(actor, f"saved={inside}")
        found = saved_audience(actor, inside)
        assert (found.audience, found.count) == (None, None)
        assert "saved" in found.problem


def test_audiences_in_audiences_have_an_end() -> None:
    actor = office()
    chain = [keep(actor, {"q": "x"})]
    for _step in range(3):
        chain.append(keep(actor, {"not": {"saved": chain[-1]}}))
    with pytest.raises(BadRequest):
        keep(actor, {"not": {"saved": chain[-1]}})

    many = keep(actor, {"any": [{"q": str(number)} for number in range(60)]})
    names = [keep(actor, {"any": [{"saved": many}, {"q": str(one)}]}) for one in range(5)]
    Audience.from_json(actor, {"any": [{"saved": one} for one in names[:3]]})
    with pytest.raises(BadRequest):
        Audience.from_json(actor, {"any": [{"saved": one} for one in names]})


def test_what_is_gone_is_said_with_its_place() -> None:
    actor = office()
    tag = saved(Tag(name_zh="试验标签"))
    inner = keep(actor, {"any": [{"q": "x"}, {"tag": tag.public_id}]})
    outer = keep(actor, {"all": [{"q": "y"}, {"not": {"saved": inner}}]})
    db.session.delete(db.session.merge(tag))
    saved(Tag(name_zh="x"))

    assert "“any[1].tag”" in saved_audience(actor, inner).problem
    assert "“all[1].not.saved.any[1].tag”" in saved_audience(actor, outer).problem
    with pytest.raises(BadRequest):
        audience_of(actor, kept(outer))


def test_it_is_read_with_the_rights_of_who_uses_it() -> None:
    owner = office()
    officer = actor_of(make_officer(the_chapter("anshan")))
    sharing = {"sharing": Sharing.CHAPTER, "chapter": "anshan"}
    open_one = keep(owner, {"city": "鞍山"}, **sharing)
    private = keep(owner, {"status": "known"}, **sharing)
    hidden = make_person("赵一", city="鞍山", status="verified", listed=Level.OFFICE)
    make_person("钱二", city="鞍山", status="verified")

    assert hidden.id
    assert saved_audience(owner, open_one).count == 2
    assert saved_audience(officer, open_one).count == 1
    assert saved_audience(officer, private).audience is None
    assert "“status”" in saved_audience(officer, private).problem


def test_small_numbers_are_not_told_to_who_may_not_see_the_people() -> None:
    owner, letters = office(), actor_of(staff(Capability.MANAGE_MAILINGS))
    few, none = keep(owner, {"status": "known"}), keep(owner, {"status": "deceased"})
    member = actor_of(make_verified("孙三"))
    for _one in range(4):
        make_person()

    def told(actor: Actor, public_id: str) -> str:
        count = saved_audience(actor, public_id).count
        assert count is not None
        return count_text(actor, count)

    assert [told(owner, few), told(owner, none)] == ["4", "0"]
    assert [told(letters, few), told(letters, none)] == ["少于5", "少于5"]
    with speaking("en"):
        assert told(letters, few) == "<5"
    make_person()
    assert told(letters, few) == "5"
    assert count_text(member, 1) == "1"
    assert count_text(owner, MOST_COUNTED) == "10,000"
    assert count_text(owner, MOST_COUNTED + 1) == "超过 10,000"


def test_all_are_counted_in_one_statement(queries: list[str]) -> None:
    actor = office()
    numbers = []
    for amount in (1, 3):
        for _one in range(amount):
            keep(actor, {"any": [{"q": "wang"}, {"language": "en"}]})
        queries.clear()
        saved_audiences(actor)
        numbers.append(sum("count(" in statement for statement in queries))

    assert numbers == [2, 2]


def test_the_offices_pages(signed_in: SignIn) -> None:
    account = make_account(role="office")
    browser, actor = signed_in(account), actor_of(account)
    make_person("赵一", city="鞍山", year=1998)
    public_id = keep(actor, {"any": [{"city": "鞍山"}, {"city": "沈阳"}]}, name_en="Liaoning")
    private = keep(office(), {"q": "x"}, sharing=Sharing.NOBODY, name_en="Nobody’s business")
    url = f"/office/audiences/{public_id}"

    listed, shown = browser.get("/office/audiences"), browser.get(url)

    assert "Liaoning" in listed.text
    assert "Lives in Anshan or Lives in Shenyang" in listed.text
    assert "1 people now" in listed.text
    assert "business" not in listed.text
    assert "Lives in Anshan or Lives in Shenyang" in shown.text
    (opened,) = [a["href"] for a in shown.all("a") if "where=" in (a["href"] or "")][:1]
    assert "Zhao Yi" in browser.get(opened).text
    for path in ("", "/edit", "/why", "/delete"):
        assert browser.get(f"/office/audiences/{private}{path}").status == 404
        assert browser.get(f"/office/audiences/{'x' * 90}{path}").status == 404

    asked = browser.get(f"{url}/delete")
    assert asked.status == 200
    assert browser.follow(browser.send(asked.form(), asked.url)).status == 200
    assert browser.get(url).status == 404
    assert browser.get("/office/audiences?page=0").status == 400
    assert browser.get("/office/audiences?page=x").status == 400
    assert browser.get("/office/audiences?page=9").status == 200


def test_a_long_audience_is_opened_by_its_number(signed_in: SignIn) -> None:
    account = make_account(role="office")
    cities = [{"city": "试验城市" * 10 + str(number)} for number in range(30)]
    public_id = keep(actor_of(account), {"any": cities})

    page = signed_in(account).get(f"/office/audiences/{public_id}")

    addresses = [
        a["href"] for a in page.all("a") if (a["href"] or "").startswith("/office/people?")
    ]
    assert set(addresses) == {f"/office/people?saved={public_id}"}
    assert signed_in(account).get(addresses[0]).status == 200


def test_who_writes_letters_sees_how_many_and_not_who(signed_in: SignIn) -> None:
    public_id = keep(office(), {"status": "known"}, name_en="Known")
    make_person("赵一")
    browser = signed_in(staff(Capability.MANAGE_MAILINGS))

    assert "<5 people now" in browser.get("/office/audiences").text
    page = browser.get(f"/office/audiences/{public_id}")
    assert "<5" in page.text
    assert not [a for a in page.all("a") if "why" in (a["href"] or "")]
    for path in ("/why", "/edit", "/delete"):
        assert browser.get(f"/office/audiences/{public_id}{path}").status == 403
    assert browser.get("/office/audiences/new").status == 403


def test_a_broken_audience_has_a_page(signed_in: SignIn) -> None:
    account = make_account(role="office")
    public_id = keep(actor_of(account), {"q": "x"})
    one = kept(public_id)
    one.criteria = {"all": [{"q": "x"}, {"gone": "1"}]}
    saved(one)
    browser = signed_in(account)

    for url in ("/office/audiences", f"/office/audiences/{public_id}", "/people/saved"):
        page = browser.get(url)
        assert page.status == 200
        assert "all[1].gone" in page.text
    edit = browser.get(f"/office/audiences/{public_id}/edit")
    assert "all[1].gone" in edit.text
    assert '"gone"' in edit.form().values["criteria"]
    assert browser.get(f"/office/audiences/{public_id}/why").status == 400
    listed = browser.get(f"/office/people?saved={public_id}&q=x")
    assert listed.status == 400
    assert "“saved.all[1].gone”" in listed.text


def test_why_somebody_is_in_it(signed_in: SignIn) -> None:
    account = make_account(role="office")
    inside = make_person("赵一", city="鞍山", year=1998)
    outside = make_person("赵一", city="沈阳", year=2003)
    gone = make_person("钱二", status="erased")
    url = f"/office/audiences/{keep(actor_of(account), {'city': '鞍山'})}/why"
    browser = signed_in(account)

    found = browser.get(f"{url}?q=赵一")

    links = {a["href"]: a["text"] for a in found.all("a") if "person=" in (a["href"] or "")}
    assert set(links) == {f"{url}?person={one.public_id}" for one in (inside, outside)}
    assert "Class of 1998 · Anshan" in links[f"{url}?person={inside.public_id}"]
    assert (
        "In, because this holds: Lives in Anshan."
        in browser.get(f"{url}?person={inside.public_id}").text
    )
    assert (
        "Out, because this does not hold: Lives in Anshan."
        in browser.get(f"{url}?person={outside.public_id}").text
    )
    assert browser.get(f"{url}?person={gone.public_id}").status == 404
    assert browser.get(f"{url}?person={'x' * 90}").status == 404
    assert "Nobody found" in browser.get(f"{url}?q=nobody").text


def test_a_graduate_keeps_searches(signed_in: SignIn) -> None:
    person = make_verified("赵一", city="鞍山")
    browser = signed_in(person)
    make_verified("钱二", city="鞍山")

    form = browser.get("/people/saved/new?city=鞍山")
    assert "Lives in Anshan" in form.text
    listed = browser.follow(browser.send(form.form(), form.url, name="同城"))

    assert "同城" in listed.text
    assert "2 people now" in listed.text
    one = db.session.scalars(select(SavedAudience)).one()
    assert (one.account_id, one.sharing) == (account_of(person).id, Sharing.NOBODY)
    url = f"/people/saved/{one.public_id}"
    db.session.rollback()
    assert browser.submit(url, name="").status == 422
    assert "邻居" in browser.follow(browser.submit(url, name="邻居")).text

    other = signed_in(make_verified("孙三"))
    for path in (url, f"{url}/delete"):
        assert other.get(path).status == 404
        assert other.submit("/people/saved/new", name="x").status == 303
    assert "邻居" not in other.get("/people/saved").text
    assert browser.follow(browser.submit(f"{url}/delete")).status == 200
    assert browser.get(url).status == 404


def test_officers_find_what_the_office_made_for_them(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter)
    public_id = keep(
        office(), {"q": "x"}, sharing=Sharing.CHAPTER, chapter=chapter.slug, name_en="For you"
    )
    browser = signed_in(officer)

    page = browser.get("/people/saved")

    assert "For you" in page.text
    assert not [a for a in page.all("a") if (a["href"] or "").endswith(public_id)]
    assert browser.get(f"/people/saved/{public_id}").status == 403
    assert browser.get("/office/audiences").status == 403


def test_who_may_open_the_pages(signed_in: SignIn, browser: Browser) -> None:
    stranger = signed_in(make_account())

    for url in ("/people/saved", "/people/saved/new", "/office/audiences", "/office/audiences/new"):
        assert stranger.get(url).status == 403
        assert browser.get(url).status == 303
