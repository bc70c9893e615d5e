"""The events of the demonstration: some over, some to come, whenever it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from alumni.demonstration.texts import Pair
from alumni.events.models import EventStatus, Visibility

THURSDAY, SATURDAY, SUNDAY = 3, 5, 6

Day = Callable[[date], date]
"""From today to the day of the event."""


@dataclass(frozen=True, kw_only=True)
class Gathering:
    slug: str
    chapter: str | None = None
    """The chapter's slug. None: the association itself."""
    title: Pair
    body: Pair
    venue: Pair
    address: str = ""
    zone: str = "Asia/Shanghai"
    day: Day
    begins: time
    ends: time
    closes_before: int | None = None
    """Days before the event on whose end registration closes."""
    status: EventStatus = EventStatus.PUBLISHED
    visibility: Visibility = Visibility.PUBLIC
    capacity: int | None = None
    taken: int = 0
    waiting: int = 0
    given_back: int = 0


def _after(days: int, weekday: int) -> Day:
    """The first such day of the week that is so many days ahead, or behind."""

    def found(today: date) -> date:
        earliest = today + timedelta(days=days)
        return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)

    return found


def _third_saturday_of_january(today: date) -> date:
    """The next one for which there is time to register."""
    soon = today + timedelta(days=7)
    return min(
        saturday
        for year in (soon.year, soon.year + 1)
        if (saturday := _after(0, SATURDAY)(date(year, 1, 15))) >= soon
    )


_LARGE = (
    Gathering(
        slug="homecoming-day",
        title=Pair("校友返校日", "Homecoming Day"),
        body=Pair(
            "欢迎回家！上午在礼堂举行欢迎仪式，随后各学院分别座谈，参观新建的临床技能中心和校史馆；"
            "下午自由活动，同窗们可在老操场合影。\n\n"
            "- 08:30 签到\n- 09:00 欢迎仪式\n- 10:30 学院座谈\n- 12:00 食堂午餐",
            "Welcome back! A ceremony in the assembly hall, then meetings in the colleges, and"
            " visits to the new clinical skills centre and the museum. The afternoon is yours:"
            " many classes take their picture on the old sports ground.\n\n- 08:30 Registration\n-"
            " 09:00 Welcome\n- 10:30 In the colleges\n- 12:00 Lunch in the canteen",
        ),
        venue=Pair("海滨医科大学礼堂", "Assembly Hall, Seaside Medical University"),
        address="大连市海滨路1号",
        day=_after(-150, SATURDAY),
        begins=time(8, 30),
        ends=time(16, 0),
        capacity=300,
        taken=68,
        given_back=4,
    ),
    Gathering(
        slug="qianshan-hike",
        chapter="anshan",
        title=Pair("千山健步行", "Hike on Qianshan"),
        body=Pair(
            "从千山正门出发，沿北沟步道登五佛顶，全程约八公里，中途休息两次。家属和孩子都欢迎，"
            "请穿防滑的鞋子，自备饮用水。",
            "From the main gate along the northern valley to the Five Buddhas’ summit, some eight"
            " kilometres with two rests. Families are welcome. Please bring water and wear shoes"
            " that hold.",
        ),
        venue=Pair("千山风景区正门", "Main gate of the Qianshan park"),
        address="鞍山市千山区",
        day=_after(-95, SUNDAY),
        begins=time(8, 0),
        ends=time(14, 0),
        taken=21,
        given_back=2,
    ),
    Gathering(
        slug="county-stroke-care",
        chapter="shenyang",
        title=Pair("学术沙龙：县域卒中救治怎样抢时间", "Salon: saving time in rural stroke care"),
        body=Pair(
            "三位一线校友分享县级医院卒中绿色通道的建设经验，并就转诊流程展开讨论。",
            "Three graduates from county hospitals tell how they set up fast pathways for stroke"
            " patients; then we discuss referral.",
        ),
        venue=Pair("沈阳校友之家", "Alumni House Shenyang"),
        address="沈阳市和平区文化路88号3楼",
        day=_after(-60, SATURDAY),
        begins=time(14, 0),
        ends=time(17, 0),
        capacity=40,
        taken=32,
        given_back=1,
    ),
    Gathering(
        slug="residency-questions",
        chapter="north-america",
        title=Pair(
            "北美住院医师申请经验谈（线上）",
            "Applying for residency: questions and answers (online)",
        ),
        body=Pair(
            "今年匹配成功的四位校友讲述申请时间线、面试和签证，并回答提问。中英文均可。",
            "Four graduates who matched this year talk about timelines, interviews and visas, and"
            " answer questions, in Chinese and English.",
        ),
        venue=Pair("线上会议", "Online"),
        zone="America/New_York",
        day=_after(-30, SATURDAY),
        begins=time(20, 0),
        ends=time(21, 30),
        taken=14,
    ),
    Gathering(
        slug="seaside-lecture-1",
        title=Pair(
            "海滨医学讲堂第一讲：高血压，您真的了解吗",
            "Seaside Medical Lecture 1: What we know about blood pressure",
        ),
        body=Pair(
            "主讲人从门诊里的三个故事说起，讲清楚血压该怎么量、什么时候用药、药能不能停。"
            "面向校友和社会公众，直播链接在开讲当天发给报名者。",
            "Beginning with three patients from the clinic: how to measure, when to treat, and"
            " whether one may stop. For graduates and the public. Registrants get the link on the"
            " day.",
        ),
        venue=Pair("线上直播", "Online"),
        day=_after(9, THURSDAY),
        begins=time(19, 30),
        ends=time(21, 0),
        taken=45,
        given_back=1,
    ),
    Gathering(
        slug="beijing-health-salon",
        chapter="beijing",
        title=Pair("北京校友医疗健康沙龙", "Beijing Salon on Health and Care"),
        body=Pair(
            "本期话题：人工智能进了诊室以后。两位嘉宾分别来自影像科和医疗科技公司，"
            "报告之后围桌讨论。会场座位有限，名额已满时可报候补，有人取消会自动递补。",
            "This time: the machine in the consulting room. Our guests are a radiologist and an"
            " engineer; after their talks we sit round the table. Seats are few. When all are"
            " taken, put yourself on the waiting list: places that come free are given out in its"
            " order.",
        ),
        venue=Pair("燕园咖啡二楼", "Yanyuan Coffee, second floor"),
        address="北京市海淀区中关村东路66号",
        day=_after(16, SATURDAY),
        begins=time(14, 0),
        ends=time(17, 0),
        closes_before=1,
        capacity=24,
        taken=24,
        waiting=5,
        given_back=2,
    ),
    Gathering(
        slug="boston-brunch",
        chapter="greater-boston",
        title=Pair("波士顿校友早午餐", "Boston Alumni Brunch"),
        body=Pair(
            "周日上午，老同学新朋友在查尔斯河边坐一坐。餐费各自承担，带孩子请在备注里告诉我们。",
            "Old classmates and new friends by the Charles River on a Sunday morning. Everybody"
            " pays for their own. Children are welcome.",
        ),
        venue=Pair("河畔餐厅", "Riverbank Kitchen"),
        address="12 Memorial Walk, Cambridge, MA",
        zone="America/New_York",
        day=_after(23, SUNDAY),
        begins=time(11, 0),
        ends=time(13, 30),
        closes_before=2,
        capacity=25,
        taken=9,
    ),
    Gathering(
        slug="yalu-riverside-walk",
        chapter="dandong",
        title=Pair("鸭绿江畔健步走", "Walk along the Yalu"),
        body=Pair(
            "沿江步道往返约六公里。因江堤施工，本次活动取消，改期后另行通知。",
            "About six kilometres along the river. Because of works on the embankment the walk has"
            " been called off; there will be another date.",
        ),
        venue=Pair("断桥广场", "Broken Bridge Square"),
        address="丹东市振兴区江沿街",
        day=_after(20, SATURDAY),
        begins=time(9, 0),
        ends=time(12, 0),
        status=EventStatus.CANCELLED,
        taken=8,
    ),
    Gathering(
        slug="shanghai-careers",
        chapter="shanghai",
        title=Pair(
            "职业发展座谈：从医院到产业",
            "From the hospital to industry: a conversation about careers",
        ),
        body=Pair(
            "三位转入医药企业的校友谈转型中的得失。本场仅限上海分会成员参加，内容不对外。",
            "Three graduates who went into industry tell what they gained and lost. For members of"
            " the Shanghai chapter only; what is said stays in the room.",
        ),
        venue=Pair("张江会客厅", "Zhangjiang Parlour"),
        address="上海市浦东新区祖冲之路900号",
        day=_after(30, SATURDAY),
        begins=time(14, 0),
        ends=time(16, 30),
        visibility=Visibility.CHAPTER,
        capacity=30,
        taken=12,
    ),
    Gathering(
        slug="seaside-lecture-2",
        title=Pair(
            "海滨医学讲堂第二讲：给孩子用药的十个误区",
            "Seaside Medical Lecture 2: Ten mistakes with children’s medicines",
        ),
        body=Pair(
            "儿科和药学两位校友联合主讲，现场回答家长提问。",
            "A paediatrician and a pharmacist, both graduates, speak together and answer parents’"
            " questions.",
        ),
        venue=Pair("线上直播", "Online"),
        day=_after(37, THURSDAY),
        begins=time(19, 30),
        ends=time(21, 0),
        taken=17,
    ),
    Gathering(
        slug="guangzhou-morning-tea",
        chapter="guangzhou",
        title=Pair("广州校友早茶会", "Morning Tea in Guangzhou"),
        body=Pair(
            "一盅两件，边吃边聊。欢迎近期来广州出差、进修的校友一起参加。",
            "Dim sum and conversation. If you happen to be in Guangzhou for work or training, come"
            " along.",
        ),
        venue=Pair("荔湾茶楼三楼", "Liwan Tea House, third floor"),
        address="广州市荔湾区龙津西路20号",
        day=_after(44, SUNDAY),
        begins=time(9, 0),
        ends=time(11, 30),
        visibility=Visibility.MEMBERS,
        capacity=20,
        taken=7,
    ),
    Gathering(
        slug="anshan-new-year-dinner",
        chapter="anshan",
        title=Pair("鞍山分会新春聚餐", "Anshan New Year Dinner"),
        body=Pair(
            "辞旧迎新，欢聚一堂！今年仍在千山饭店牡丹厅，四桌四十个席位。\n\n"
            "- 18:00 签到合影\n- 18:30 开席，分会工作回顾\n- 20:00 抽奖和才艺展示\n\n"
            "餐费一百二十元，当天交给秘书处。如不能到场，请在截止时间前取消，把席位让给候补的校友。",
            "Let us see the old year out together! Again in the Peony Hall of the Qianshan Hotel,"
            " four tables of ten.\n\n- 18:00 Arrival and pictures\n- 18:30 Dinner, and what the"
            " chapter did this year\n- 20:00 Raffle and performances\n\nThe dinner is 120 yuan, to"
            " be paid on the day. If you cannot come, please cancel in time, so that somebody else"
            " can.",
        ),
        venue=Pair("千山饭店二楼牡丹厅", "Peony Hall, Qianshan Hotel, second floor"),
        address="鞍山市铁东区胜利路50号",
        day=_third_saturday_of_january,
        begins=time(18, 30),
        ends=time(21, 0),
        closes_before=3,
        capacity=40,
        taken=33,
        given_back=2,
    ),
    Gathering(
        slug="anshan-free-clinic",
        chapter="anshan",
        title=Pair("健康义诊进社区", "Free clinic in the neighbourhood"),
        body=Pair(
            "内科、口腔科、妇科校友到社区义诊，并为老人测血压、血糖。需要十五名志愿者。",
            "Physicians, dentists and gynaecologists see patients free of charge, and blood"
            " pressure and sugar are measured. Fifteen volunteers are needed.",
        ),
        venue=Pair("立山社区服务中心", "Lishan Community Centre"),
        address="鞍山市立山区中华北路",
        day=_after(34, SATURDAY),
        begins=time(8, 30),
        ends=time(11, 30),
        status=EventStatus.IN_REVIEW,
        visibility=Visibility.MEMBERS,
        capacity=15,
    ),
    Gathering(
        slug="anshan-young-graduates",
        chapter="anshan",
        title=Pair("青年校友交流会", "Evening for young graduates"),
        body=Pair("（流程待定）规培、考研、成家立业，什么都可以聊。", ""),
        venue=Pair("地点待定", ""),
        day=_after(66, SATURDAY),
        begins=time(18, 0),
        ends=time(20, 30),
        status=EventStatus.DRAFT,
        capacity=30,
    ),
)


def _small(chapter: str, days_ago: int, title: Pair) -> Gathering:
    """One of the many evenings of which little is written down."""
    return Gathering(
        slug=f"{chapter}-evening-{days_ago}",
        chapter=chapter,
        title=title,
        body=Pair("分会会员小聚。", "An evening among members."),
        venue=Pair("老地方", "The usual place"),
        day=_after(-days_ago, SATURDAY),
        begins=time(18, 0),
        ends=time(20, 30),
        visibility=Visibility.CHAPTER,
        taken=9,
    )


_SMALL = (
    _small("anshan", 300, Pair("鞍山分会新春聚餐", "Anshan New Year Dinner")),
    _small("anshan", 405, Pair("重阳节走访老校友", "Visiting our elders")),
    _small("anshan", 520, Pair("夏夜烧烤", "Barbecue on a summer night")),
    _small("fushun", 130, Pair("病例讨论会", "An evening of cases")),
    _small("benxi", 45, Pair("红叶季小聚", "In the season of red leaves")),
    _small("jinzhou", 75, Pair("继续教育讲座", "Lecture and discussion")),
    _small("yingkou", 110, Pair("海边烧烤", "Barbecue by the sea")),
    _small("liaoyang", 200, Pair("老少校友茶话会", "Tea for old and young")),
    _small("panjin", 85, Pair("红海滩一日游", "A day at the red beach")),
    _small("huludao", 160, Pair("葫芦岛分会年中聚会", "Midsummer gathering")),
    _small("shanghai", 95, Pair("导师见面会", "Meet the mentors")),
)

GATHERINGS = _LARGE + _SMALL
