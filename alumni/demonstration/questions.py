"""What is asked of the office in the demonstration, and written from graduate to graduate."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Change:
    """A wish for a fact to be changed."""

    field: str
    after: tuple[str, ...]
    """The first that does not stand there already. None: the name in Latin letters."""
    reason: str
    of_study: bool = True


CHANGES = (
    Change(
        field="class_label",
        after=("3班", "4班"),
        reason="二年级分班时调过班，名册里还是原来的班级，同班同学都可以证明。",
    ),
    Change(
        field="name_latin",
        after=(),
        reason="护照上的拼写与系统自动生成的不同，办理国外执照认证需要一致。",
        of_study=False,
    ),
    Change(
        field="supervisor",
        after=("方启明", "韩文博"),
        reason="导师姓名漏录，请补上。",
    ),
    Change(
        field="class_label",
        after=("1班", "2班"),
        reason="I changed classes after my first year. My transcript says so; I can send a copy.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Complaint:
    text: str
    why: str


COMPLAINT = Complaint(
    text="老同学，我现在做一款健康险产品，收益很高，老校友有专属折扣。方便的话给我留个电话，我详细给您介绍！",
    why="通过校友会平台推销保险，已经是第二次了，请处理。",
)

LETTERS = (
    (
        "解晓东",
        "解会长您好！我下个月调到鞍山工作，想参加分会的健步行活动，不知道现在还能报名吗？谢谢！",
    ),
    ("李雪梅", "雪梅，我是隔壁班的，明年毕业二十年，咱们是不是该张罗一次聚会？方便的话回我一声。"),
    ("欧阳静", COMPLAINT.text),
)
"""To whom, and what."""


@dataclass(frozen=True, kw_only=True)
class Told:
    died: str
    silent: str
    lost: str


TOLD = Told(
    died="家属来电告知，已与分会核实。",
    silent="本人来信要求不再收到邮件。",
    lost="信件被退回，电话停机，单位已无此人。",
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    name: str
    email: str
    subject: str
    words: str
    language: str = "zh"
    is_taken: bool = False
    answer: str = ""


QUESTIONS = (
    Asked(
        name="Grace Miller",
        email="grace.miller@example.com",
        subject="Verification of a degree",
        words="Dear colleagues,\n\nwe review the licence of one of your graduates and need to"
        " know whom to ask for a verification of the degree. Could you point me to the right"
        " office?\n\nKind regards,\nGrace Miller, Northfield Medical Board",
        language="en",
    ),
    Asked(
        name="单文华",
        email="shan.wenhua@example.com",
        subject="毕业四十周年返校",
        words="今年是我们年级毕业四十周年，约三十人想在秋天返校，请问教室、食堂和参观怎样预约？",
        is_taken=True,
    ),
    Asked(
        name="周启航",
        email="qihang.zhou@example.net",
        subject="找不到激活邮件",
        words="上周收到过邀请邮件，误删了，能否再发一次？",
        answer="您好！请在网站首页点击“加入”，填写姓名、毕业年份和学号后，系统会把新的链接发到您的邮箱。如仍有问题，请回复本信。",
    ),
)
