"""What the demonstration says: of the association, its chapters, and in its letters."""

from typing import NamedTuple

ASSOCIATION = {
    "name_zh": "海滨医科大学校友会",
    "name_en": "Seaside Medical University Alumni Association",
    "address_zh": "辽宁省大连市海滨路1号行政楼206室，邮编 116000",
    "address_en": "Room 206, Administration Building, 1 Haibin Road, Dalian 116000, Liaoning",
    "contact_email": "alumni@example.org",
    "contact_phone": "0411-5550 0100",
    "icp": "辽ICP备00000000号-1",
}


class Pair(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str


INTROS = {
    "shenyang": Pair(
        "沈阳分会成立于2003年，是省内人数最多的分会，校友遍布省城各大医院、高校和企业。"
        "分会每季度举办一次学术沙龙，每年秋天组织一次棋盘山健步行。",
        "Founded in 2003, this is our largest chapter in Liaoning, with graduates in the hospitals,"
        " universities and companies of the provincial capital. There is a clinical salon every"
        " quarter and a walk on Qipan Mountain every autumn.",
    ),
    "anshan": Pair(
        "鞍山分会由在鞍校友自发组成，大家在工作上互相帮衬，在生活上常来常往。"
        "每年的新春聚餐和千山健步行已经办了十几年。刚来鞍山工作的校友，欢迎随时与我们联系。",
        "Graduates in Anshan founded this chapter to help each other at work and to meet outside"
        " it. The New Year dinner and the hike on Qianshan have been held for more than ten years."
        " If you have just moved to Anshan, do get in touch.",
    ),
    "fushun": Pair(
        "抚顺分会以基层医疗和职业病防治领域的校友为主，坚持每年两次下乡义诊，"
        "也为新入职的年轻校友安排前辈一对一交流。",
        "Many members work in primary care and occupational medicine. Twice a year the chapter goes"
        " to the villages with free consultations, and newcomers are paired with an older"
        " colleague.",
    ),
    "benxi": Pair(
        "本溪分会的校友不多，但走动得勤。每年红叶季的聚会向周边城市的校友和家属开放。",
        "A small chapter that meets often. Its gathering in the season of red leaves is open to"
        " graduates from the neighbouring cities and to families.",
    ),
    "dandong": Pair(
        "丹东分会地处鸭绿江畔，校友以临床和口腔专业居多。"
        "分会为来丹东学习、旅行的校友提供联络和帮助。",
        "On the Yalu river, mostly clinicians and dentists. The chapter gladly helps graduates who"
        " come to Dandong to study or to travel.",
    ),
    "jinzhou": Pair(
        "锦州分会联系着锦州各医院和院校的校友，重点开展继续教育讲座和病例讨论会，"
        "每月第二个周四晚上见面。",
        "We bring together graduates from the hospitals and colleges of Jinzhou for lectures and"
        " case discussions, on the evening of every second Thursday of the month.",
    ),
    "yingkou": Pair(
        "营口分会成立以来，一直组织校友到社区开展高血压、糖尿病筛查，"
        "海边烧烤则是每年夏天的固定节目。",
        "Our members screen for high blood pressure and diabetes in the city’s neighbourhoods, and"
        " meet for a barbecue by the sea every summer.",
    ),
    "fuxin": Pair(
        "阜新分会是年轻的分会，2019年由十几位校友发起。我们规模不大，期待更多在阜新的校友加入。",
        "A young chapter, begun by a dozen graduates in 2019. We are few and would like to be more:"
        " if you live in Fuxin, please join.",
    ),
    "liaoyang": Pair(
        "辽阳分会注重传承，退休老校友和刚毕业的年轻校友常在同一张桌上讨论病例、聊聊母校。",
        "In Liaoyang retired graduates and recent ones sit at one table, talk about cases and about"
        " the university they share.",
    ),
    "panjin": Pair(
        "盘锦分会的校友多在油田医院和市级医院工作。每年九月，分会邀请各地校友来看红海滩。",
        "Most of us work in the oilfield’s hospitals and those of the city. Every September we"
        " invite graduates from everywhere to see the red beach.",
    ),
    "tieling": Pair(
        "铁岭分会长期对口支援乡镇卫生院，校友轮流坐诊带教，让老乡在家门口看上好大夫。",
        "For years the chapter has supported township health centres: members take turns seeing"
        " patients and teaching there.",
    ),
    "chaoyang": Pair(
        "朝阳分会校友分布在市区和各县，虽然路远，但每年春节前的聚会从不缺席。",
        "Our members are spread over the city and its counties. However far it is, nobody misses"
        " the gathering before Spring Festival.",
    ),
    "huludao": Pair(
        "葫芦岛分会由临床、护理、检验各专业的校友组成，为来这里休假疗养的校友准备了联络名单。",
        "Physicians, nurses and laboratory specialists make up this chapter. Graduates who spend"
        " their holidays on our coast always find somebody to call.",
    ),
    "beijing": Pair(
        "北京分会联系着在京工作、学习的校友，涵盖临床、科研、公共卫生和医药产业。"
        "活动以小型沙龙为主，也为来京进修的校友提供住宿和就医信息。",
        "Graduates who work or study in the capital, in hospitals, research, public health and"
        " industry. We hold small salons, and help those who come for advanced training to settle"
        " in.",
    ),
    "shanghai": Pair(
        "上海分会成员来自医院、药企和创业公司。分会每两个月举办一次职业发展座谈，"
        "并设有导师计划，帮助年轻校友在上海站稳脚跟。",
        "Our members come from hospitals, pharmaceutical companies and start-ups. Every other month"
        " there is a conversation about careers, and a mentoring programme for younger graduates.",
    ),
    "guangzhou": Pair(
        "广州分会覆盖广州及周边城市的校友，一盅两件叹早茶，是我们最常见的聚会方式。",
        "For graduates in Guangzhou and the cities around it. We meet as one does here: over"
        " morning tea.",
    ),
    "north-america": Pair(
        "北美分会服务于在美国和加拿大学习、工作的校友，按地区设有波士顿、纽约、多伦多、温哥华等联络点。"
        "我们分享考试、住院医师培训和科研求职的经验，每年秋天举办一次线上年会。",
        "For graduates who study and work in the United States and Canada, with contacts in Boston,"
        " New York, Toronto, Vancouver and elsewhere. We share experience with licensing exams,"
        " residency and research positions, and hold an online meeting every autumn.",
    ),
}
"""By the chapter's slug."""

SENT_SUBJECT = Pair("“海滨医学讲堂”开讲，欢迎收看", "Seaside Medical Lectures: join us online")

SENT = Pair(
    """{{姓名}}校友，您好！

由校友会主办的 **海滨医学讲堂** 本季度开讲。讲堂面向全体校友和社会公众，全程线上直播，无须到场。

- 每讲约九十分钟，含提问时间
- 登录后在 [活动页面](/events) 一键报名
- 错过直播的校友，可向校友会办公室索取讲义

您的邮箱、工作单位或所在城市如有变动，请在“我的主页”更新，以便我们与您保持联系。

祝工作顺利，阖家安康！

海滨医科大学校友会""",
    """Dear {{name}},

The association’s **Seaside Medical Lectures** begin this quarter. They are open to all graduates \
and to the public, and are held online: there is nothing to travel to.

- Each lecture takes about ninety minutes, questions included
- Sign in and register on the [events page](/events)
- If you miss one, the office will gladly send you the slides

Should your address, employer or city have changed, please tell us on “My page”, so that we do not \
lose touch.

With warm regards,

Seaside Medical University Alumni Association""",
)

SUBMITTED_SUBJECT = Pair("鞍山分会新春聚餐报名通知", "New Year dinner of the Anshan chapter")

SUBMITTED = Pair(
    """{{姓名}}校友：

一年一度的新春聚餐又要到了！今年我们仍在 **千山饭店二楼牡丹厅** 相聚，席位四十个，报满为止。

请在 [活动页面](/events/anshan-new-year-dinner) 报名；临时有事请及时取消，把位子让给候补的校友。

期待与您举杯共迎新春！

{{分会}}""",
    """Dear {{name}},

It is time again for our New Year dinner, on the second floor of the **Qianshan Hotel**. There are \
forty seats.

Please register on the [event’s page](/events/anshan-new-year-dinner). If you cannot come after \
all, cancel in time: somebody on the waiting list will be glad.

We look forward to seeing you!

{{chapter}}""",
)
