"""What invented people are called, where they live and what they do. Nobody here is real."""

from typing import NamedTuple


class Home(NamedTuple):
    """A place of the list, with how many live there among all and what they call it."""

    place: str
    """Its name in Chinese, by which the list finds it."""
    weight: int
    dialled: str = "+86"
    """What telephone numbers there begin with."""


class School(NamedTuple):
    """A college, the two digits that stand for it in student numbers, and what it teaches."""

    college: str
    digits: str
    weight: int
    years: int
    majors: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _weighted(text: str) -> dict[str, int]:
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


SURNAMES = _weighted("""
    王 75 李 72 张 70 刘 55 陈 36 杨 30 赵 32 黄 16 周 18 吴 18 徐 17 孙 26 马 15 朱 13 胡 12
    郭 14 何 10 高 15 林 12 罗 9 郑 9 梁 8 谢 7 宋 12 唐 7 许 8 韩 10 冯 8 邓 6 曹 7 彭 6
    曾 5 肖 6 田 7 董 8 袁 6 潘 5 于 14 蒋 5 蔡 6 余 5 杜 7 叶 5 程 6 苏 6 魏 6 吕 6 丁 6
    任 5 沈 5 姚 5 卢 5 姜 8 崔 7 钟 4 谭 4 陆 4 汪 4 范 5 金 7 石 5 廖 3 贾 5 夏 4 韦 2
    付 4 方 4 白 5 邹 4 孟 5 熊 3 秦 4 邱 3 江 3 尹 4 薛 4 闫 4 段 3 雷 3 侯 4 龙 2 史 3
    陶 3 黎 2 贺 3 顾 3 毛 2 郝 3 龚 2 邵 3 万 2 钱 2 严 2 覃 1 武 3 戴 3 莫 1 孔 3 向 1 汤 2
    单 2 解 1 仇 1 查 1 翟 2 区 1 朴 2 欧阳 2 司马 1 上官 1 诸葛 1 端木 1 那 1 关 3 佟 2 栾 2
    初 1 连 1
""")
"""By how many bear them, as in the north-east. Some are read otherwise than the word they are."""

GIVEN = {
    ("old", "m"): ("国建志文德永玉洪光明振成学世庆", "强军伟华平林明亮东峰辉涛民刚义"),
    ("old", "f"): ("淑秀玉桂丽晓春雪红亚素凤慧敏英", "英珍华兰梅芳玲琴云霞艳燕杰荣娟"),
    ("young", "m"): ("子浩宇俊博天嘉家明一泽思文志海", "轩涵然豪杰阳晨鑫航睿宁远哲东辰"),
    ("young", "f"): ("子欣雨思佳诗梦可若一雅晓美静紫", "涵怡萱琪彤妍瑶雯婷悦宁然月晴颖"),
}
"""Characters that given names begin and end with, by generation and sex."""

YOUNG_SINCE = 1984
"""Whoever was born from this year on has a name of the younger generation."""

ENGLISH = {
    "m": _words("Kevin David Michael Jason Eric Henry Daniel Andrew Peter Leo Frank Victor"),
    "f": _words("Grace Emily Helen Linda Amy Cathy Vivian Iris Nancy Joy Alice Sophie"),
}

HOMES = tuple(
    Home(place, int(weight), *dialled)
    for place, weight, *dialled in map(
        str.split,
        """
        大连 150
        沈阳 120
        鞍山 62
        抚顺 30
        本溪 28
        丹东 32
        锦州 38
        营口 36
        大石桥 5
        阜新 20
        辽阳 24
        盘锦 28
        铁岭 22
        朝阳 22
        葫芦岛 26
        北京 88
        上海 56
        广州 38
        深圳 26
        天津 16
        青岛 15
        烟台 10
        济南 8
        哈尔滨 12
        长春 12
        杭州 10
        南京 8
        武汉 7
        成都 8
        西安 7
        郑州 6
        厦门 5
        三亚 4
        波士顿 12 +1617
        纽约 10 +1212
        费城 5 +1215
        休斯敦 7 +1713
        洛杉矶 8 +1213
        旧金山 6 +1415
        西雅图 5 +1206
        多伦多 12 +1416
        温哥华 9 +1604
        蒙特利尔 4 +1514
        """.strip().splitlines(),
    )
)

SCHOOLS = (
    School(
        "临床医学院",
        "11",
        46,
        5,
        ("临床医学", "临床医学", "临床医学", "麻醉学", "儿科学", "精神医学"),
    ),
    School("口腔医学院", "12", 9, 5, ("口腔医学",)),
    School("药学院", "13", 9, 4, ("药学", "临床药学", "药物制剂")),
    School("公共卫生学院", "14", 7, 5, ("预防医学",)),
    School("护理学院", "15", 11, 4, ("护理学",)),
    School("检验医学院", "16", 6, 4, ("医学检验技术",)),
    School("医学影像学院", "17", 6, 5, ("医学影像学",)),
    School("国际教育学院", "18", 3, 5, ("临床医学(英文班)",)),
    School("中西医结合学院", "19", 4, 5, ("中西医临床医学",)),
    School("生物医学工程学院", "20", 3, 4, ("生物医学工程",)),
)

EMPLOYERS_ZH = _weighted("""
    {}市中心医院 30 {}市第一人民医院 24 {}市第二人民医院 14 {}市妇幼保健院 12 {}市中医医院 8
    {}市第三人民医院 14 {}市传染病医院 5 {}市社区卫生服务中心 8
""")
"""With the city's name to fill in."""

EMPLOYERS_OF = {
    "口腔医学院": ("{}市口腔医院", "{}康宁口腔门诊部"),
    "公共卫生学院": ("{}市疾病预防控制中心", "{}市卫生监督所"),
    "药学院": ("{}市食品药品检验所", "{}海康制药有限公司"),
    "生物医学工程学院": ("{}远景医疗器械有限公司", "{}市中心医院"),
}
"""Where graduates of a college are found that others are not."""

EMPLOYERS_EN = (
    "Harbor General Hospital",
    "Lakeside Medical Center",
    "Riverside Institute of Biomedical Research",
    "Maple Street Children’s Clinic",
    "Northfield University School of Medicine",
    "Bluewater Therapeutics",
)
"""Abroad."""

DEPARTMENTS = _words(
    "心内科 呼吸科 消化科 神经内科 肿瘤科 骨科 普外科 妇产科 儿科 麻醉科 急诊科 眼科"
)

DEPARTMENT_OF = {
    "口腔医学院": "口腔科",
    "公共卫生学院": "预防保健科",
    "药学院": "药剂科",
    "护理学院": "护理部",
    "检验医学院": "检验科",
    "医学影像学院": "影像科",
    "生物医学工程学院": "设备科",
}
"""Where in a hospital they work who are not physicians at a bedside."""

TITLES = {
    "临床": ("住院医师", "主治医师", "副主任医师", "主任医师"),
    "护理学院": ("护士", "护师", "主管护师", "副主任护师"),
    "药学院": ("药师", "主管药师", "副主任药师", "主任药师"),
    "检验医学院": ("技师", "主管技师", "副主任技师", "主任技师"),
    "生物医学工程学院": ("工程师", "高级工程师", "项目经理", "技术总监"),
}
"""From the first years to the last, by college; physicians' where the college is not named."""

DEPARTMENTS_EN = ("Cardiology", "Oncology", "Spine Surgery", "Radiology", "Paediatrics")

TITLES_EN = ("Research Fellow", "Resident Physician", "Attending Physician", "Associate Professor")


class Ending(NamedTuple):
    """What stands at the end of a degree at home, and the degree at a university abroad."""

    zh: str
    en: str


ENDS_OF_DEGREES = {
    "bachelor": Ending("学士", "Bachelor of Medicine"),
    "master": Ending("硕士", "Master of Science"),
    "doctor": Ending("博士", "Doctor of Philosophy"),
}

MEDICAL = "医学"
FIELDS_OF_DEGREES = {
    "药学院": "理学",
    "护理学院": "理学",
    "检验医学院": "理学",
    "生物医学工程学院": "工学",
}
"""What the degrees of a college are in; in medicine where the college is not named."""


BEDSIDE = frozenset({"临床医学院", "口腔医学院", "医学影像学院", "国际教育学院", "中西医结合学院"})
"""Colleges whose graduates are trained at hospitals."""


class Partner(NamedTuple):
    """A university with which there are joint programmes."""

    name_zh: str
    name_en: str
    digits: str
    """What student numbers there begin with."""
    is_abroad: bool


PARTNERS = (
    Partner("诺斯菲尔德大学", "Northfield University", "NF", is_abroad=True),
    Partner("贝赛德大学", "Bayside University", "BU", is_abroad=True),
    Partner("滨海理工大学", "Binhai University of Technology", "BT", is_abroad=False),
)

UNIVERSITY = ("海滨医科大学", "Seaside Medical University")

UNIVERSITY_TOWN = "大连"

HOSPITALS = _words(
    "附属第一医院 附属第一医院 附属第一医院 附属第二医院 附属第二医院 附属第三医院 附属妇女儿童医院"
    " 附属肿瘤医院 大连市中心医院 沈阳市中心医院 鞍山市中心医院 锦州市中心医院 丹东市中心医院"
)
"""Of the list, where graduates were trained and worked; the greatest several times."""

HOSPITALS_ELSEWHERE = _words("北方心血管病医院 江南儿童医院 东海肿瘤医院")
"""Not of the list."""

STREETS = _words("杏林街 百草路 望海路 听涛街 梧桐路")

INDUSTRIES = {
    "社区卫生": "基层医疗",
    "疾病预防": "公共卫生",
    "监督所": "政府机关",
    "检验所": "政府机关",
    "制药": "制药",
    "器械": "医疗器械",
    "University": "教育与科研",
    "Institute": "教育与科研",
    "Therapeutics": "生物技术",
}
"""Words in an employer’s name, and what industry that is; others are hospitals."""

HOSPITALS_AND_CLINICS = "医院与诊所"


def industry_of(employer: str) -> str:
    """The word of the list."""
    found = (industry for word, industry in INDUSTRIES.items() if word in employer)
    return next(found, HOSPITALS_AND_CLINICS)


DOMAINS = ("example.org", "example.com", "example.net")
"""Kept for examples by RFC 2606: no letter to them reaches anybody."""
