"""Those of the invented people about whom something is settled: officers, joiners, sign-ins."""

from dataclasses import dataclass
from enum import StrEnum

from alumni.demonstration import biographies
from alumni.demonstration.lives import Job, Life, Registration
from alumni.people.models import PersonStatus

PASSWORD = "demonstration"  # noqa: S105 - no secret: it is printed, and works on this machine only

GRADUATE, LEADER, OFFICE = "graduate@example.org", "leader@example.org", "office@example.org"

SIGN_INS = (
    (GRADUATE, "a graduate in Anshan who is in no chapter yet"),
    (LEADER, "the president of the Anshan chapter"),
    (OFFICE, "the association’s office"),
)
"""Who can sign in with ``PASSWORD``, and as whom."""


LEADERS_CHAPTER = "anshan"


class Standing(StrEnum):
    """How somebody stands to the chapter of the city they live in."""

    BY_CHANCE = "by chance"
    MEMBER = "member"
    WAITING = "waiting"
    OUTSIDE = "outside"


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """A study after the first one, of the same college and major."""

    level: str
    year: int
    """Of graduation."""
    programme: str
    supervisor: str | None = None
    partner: Registration | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What is settled of somebody. What is empty is left to chance."""

    name: str = ""
    sex: str = ""
    year: int = 0
    """Of graduation."""
    college: str = ""
    class_label: str = ""
    place: str = ""
    status: PersonStatus | None = None
    job: Job | None = None
    later: tuple[Later, ...] = ()
    life: Life | None = None
    english: str = ""
    former_name: str = ""
    email: str = ""
    standing: Standing = Standing.BY_CHANCE
    message: str = ""
    """What they say who wait to join."""
    post: str = ""
    """The code of the position that they hold in their chapter."""
    is_former: bool = False
    """They held it before."""


NOBODY = Part()

CLINICAL, STOMATOLOGY, NURSING = "临床医学院", "口腔医学院", "护理学院"
KNOWN, VERIFIED = PersonStatus.KNOWN, PersonStatus.VERIFIED

THE_SAME_NAME = "王伟"
WITH_A_NUMBER = "吕思远"
"""Graduates about whom applications wait."""

NAMED = (
    Part(
        name="曾国强", sex="m", year=1998, college=CLINICAL, class_label="3班", place="鞍山",
        status=KNOWN, job=Job(employer="鞍山市中心医院", department="心内科", title="主任医师"),
        life=biographies.GUOQIANG,
    ),
    Part(
        name="李雪梅", sex="f", year=2006, college=CLINICAL, class_label="2班", place="鞍山",
        job=Job(employer="鞍山市中心医院", department="呼吸科", title="副主任医师"),
        later=(
            Later(
                level="master", year=2009, programme="联合培养", supervisor="韩文博",
                partner=Registration(
                    institution="诺斯菲尔德大学", number="NF06-01027", degree="Master of Science"
                ),
            ),
        ),
        life=biographies.XUEMEI, english="Shelley Li",
        status=VERIFIED, email=GRADUATE, standing=Standing.OUTSIDE,
    ),
    Part(
        name="解晓东", sex="m", year=1995, college=CLINICAL, class_label="1班", place="鞍山",
        job=Job(employer="鞍山市第一人民医院", department="骨科", title="主任医师"),
        later=(
            Later(level="master", year=1998, programme="全日制", supervisor="方启明"),
            Later(
                level="doctor", year=2003, programme="联合培养", supervisor="方启明",
                partner=Registration(
                    institution="贝赛德大学", number="BU00-00416", degree="Doctor of Philosophy"
                ),
            ),
        ),
        life=biographies.XIAODONG, english="David Xie",
        status=VERIFIED, email=LEADER, standing=Standing.MEMBER, post="president",
    ),
    Part(
        name="欧阳静", sex="f", year=2003, college=NURSING, class_label="1班", place="鞍山",
        job=Job(employer="鞍山市妇幼保健院", department="护理部", title="主管护师"),
        life=biographies.JING, former_name="欧阳小静",
        status=VERIFIED, standing=Standing.MEMBER, post="secretary",
    ),
    Part(
        name="仇志刚", sex="m", year=1999, college=STOMATOLOGY, place="鞍山",
        status=VERIFIED, standing=Standing.MEMBER, post="vice_president",
    ),
    Part(
        name="单文华", sex="f", year=1986, college=CLINICAL, place="鞍山",
        status=VERIFIED, standing=Standing.MEMBER, post="president", is_former=True,
    ),
    Part(
        name=THE_SAME_NAME, sex="m", year=2001, college=CLINICAL, class_label="2班", place="沈阳",
        job=Job(employer="沈阳市第一人民医院", department="普外科", title="副主任医师"),
        status=KNOWN,
    ),
    Part(
        name=THE_SAME_NAME, sex="m", year=2001, college=CLINICAL, class_label="5班", place="大连",
        job=Job(employer="大连海康制药有限公司", department=None, title="医学总监"),
        status=KNOWN,
    ),
    Part(
        name=WITH_A_NUMBER, sex="m", year=2012, college=STOMATOLOGY, class_label="1班",
        place="沈阳", status=KNOWN,
    ),
)  # fmt: skip

JOINERS = (
    ("鞍山", "在鞍山工作十年了，想认识更多老同学，也愿意帮忙组织活动。"),
    ("鞍山", "刚调回家乡，请多关照！"),
    ("鞍山", "经欧阳秘书长介绍，申请加入。"),
    ("鞍山", ""),
    ("波士顿", "I moved to Boston last autumn and would love to meet fellow graduates."),
    ("多伦多", "在多伦多做住院医师，希望参加北美分会的活动。"),
    ("温哥华", "Happy to help with events on the west coast."),
)
"""Where they live who wait to join their chapter, and what they say."""

SEATS = (
    "沈阳", "抚顺", "本溪", "丹东", "锦州", "营口", "阜新", "辽阳", "盘锦", "铁岭", "朝阳",
    "葫芦岛", "北京", "上海", "广州", "纽约", "大石桥", "波士顿",
)  # fmt: skip
"""Where the presidents live of the chapters whose officers are left to chance."""

LARGE = frozenset({"沈阳", "北京", "上海", "纽约"})
"""Whose chapter has a vice president, too."""

FORMER_SEATS = ("沈阳", "北京", "上海", "营口")
"""Where those live who were presidents before."""

CLASSMATES = (VERIFIED, VERIFIED, VERIFIED, KNOWN, KNOWN)
"""Who is known, beside the graduate who signs in, of the class of 2006."""


def parts() -> list[Part]:
    """All parts, in the order in which they are given out."""
    joiners = [
        Part(place=place, message=message, status=VERIFIED, standing=Standing.WAITING)
        for place, message in JOINERS
    ]
    before = [
        Part(
            place=place, status=VERIFIED, standing=Standing.MEMBER, post="president", is_former=True
        )
        for place in FORMER_SEATS
    ]
    classmates = [
        Part(year=2006, college=CLINICAL, class_label="2班", status=status) for status in CLASSMATES
    ]
    officers = (part for place in SEATS for part in _officers(place))
    return [*NAMED, *joiners, *officers, *before, *classmates]


def _officers(place: str) -> list[Part]:
    posts = ["president", "secretary", *(["vice_president"] if place in LARGE else [])]
    return [
        Part(place=place, status=VERIFIED, standing=Standing.MEMBER, post=post) for post in posts
    ]
