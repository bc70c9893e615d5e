"""What is settled of the lives of some of the cast."""

from datetime import date
from types import MappingProxyType

from alumni.demonstration.lives import Fact, Job, Life, Post, Stay, Way
from alumni.people.models import ContactKind, Level, TrainingKind

RESPIRATORY, ORTHOPAEDIC, CARDIOLOGY = "呼吸科", "骨科", "心内科"

XUEMEI = Life(
    stays=(
        Stay(
            kind=TrainingKind.INTERN,
            hospital="附属第二医院",
            department=None,
            begins=(2005, 7),
            ends=(2006, 6),
        ),
        Stay(
            kind=TrainingKind.RESIDENCY,
            hospital="附属第一医院",
            department=RESPIRATORY,
            begins=(2009, 9),
            ends=(2012, 8),
        ),
        Stay(
            kind=TrainingKind.FURTHER,
            hospital="北方心血管病医院",
            department="重症医学科",
            begins=(2016, 3),
            ends=(2016, 9),
        ),
    ),
    posts=(
        Post(
            job=Job(employer="大连市中心医院", department=RESPIRATORY, title="主治医师"),
            begins=2012,
            ends=2018,
        ),
    ),
    works_there_since=2018,
    former_homes=(("大连", date(2018, 7, 15)),),
    lives_there_since=date(2018, 7, 15),
    phone_label="手机",
    ways=(
        Way(kind=ContactKind.PHONE, value="+8613800000206", label="单位"),
        Way(kind=ContactKind.EMAIL, value="li.xuemei@example.com", label="单位"),
        Way(kind=ContactKind.WECHAT, value="xuemei_demo2006"),
        Way(
            kind=ContactKind.POSTAL,
            value="辽宁省鞍山市望海路12号\n鞍山市中心医院呼吸科",
            label="单位",
        ),
    ),
    levels=MappingProxyType(
        {
            Fact.WORK: Level.ALUMNI,
            Fact.TRAINING: Level.ALUMNI,
            Fact.PHOTO: Level.ALUMNI,
            Fact.PHONE: Level.CLASS,
            Fact.WECHAT: Level.CHAPTERS,
        }
    ),
)
XIAODONG = Life(
    stays=(
        Stay(
            kind=TrainingKind.INTERN,
            hospital="附属第一医院",
            department=None,
            begins=(1994, 7),
            ends=(1995, 6),
        ),
        Stay(
            kind=TrainingKind.FELLOWSHIP,
            hospital="Harbor General Hospital",
            department="Spine Surgery",
            begins=(2008, 9),
            ends=(2009, 8),
        ),
    ),
    posts=(
        Post(
            job=Job(employer="大连市中心医院", department=ORTHOPAEDIC, title="主治医师"),
            begins=1998,
            ends=2003,
        ),
    ),
    works_there_since=2003,
    former_homes=(("大连", date(2003, 8, 1)),),
    lives_there_since=date(2003, 8, 1),
    phone_label="手机",
    ways=(
        Way(kind=ContactKind.PHONE, value="+8613800000195", label="秘书处"),
        Way(kind=ContactKind.EMAIL, value="xie.xiaodong@example.com", label="分会"),
        Way(kind=ContactKind.WECHAT, value="xie_demo1995"),
    ),
    levels=MappingProxyType(
        {
            Fact.STUDY: Level.PUBLIC,
            Fact.HOME: Level.PUBLIC,
            Fact.WORK: Level.PUBLIC,
            Fact.PHOTO: Level.PUBLIC,
            Fact.TRAINING: Level.ALUMNI,
            Fact.EMAIL: Level.ALUMNI,
            Fact.PHONE: Level.CHAPTERS,
            Fact.WECHAT: Level.CHAPTERS,
        }
    ),
    listed=Level.PUBLIC,
)
JING = Life(
    works_there_since=2008,
    phone_label="手机",
    ways=(Way(kind=ContactKind.WECHAT, value="ouyang_demo2003"),),
    levels=MappingProxyType(
        {
            Fact.WORK: Level.CHAPTERS,
            Fact.PHONE: Level.CHAPTERS,
            Fact.WECHAT: Level.CHAPTERS,
            Fact.FORMER_NAME: Level.ALUMNI,
            Fact.PHOTO: Level.CHAPTERS,
        }
    ),
)
GUOQIANG = Life(
    stays=(
        Stay(
            kind=TrainingKind.FURTHER,
            hospital="附属第一医院",
            department=CARDIOLOGY,
            begins=(2010, 3),
            ends=(2010, 12),
        ),
    ),
    posts=(
        Post(
            job=Job(employer="附属第一医院", department=CARDIOLOGY, title="住院医师"),
            begins=1998,
            ends=2003,
        ),
    ),
    works_there_since=2003,
)
