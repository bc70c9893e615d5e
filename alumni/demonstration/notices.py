"""What is announced in the demonstration, and the letters that its chapters' picture stands for."""

from dataclasses import dataclass

from alumni.chapters.models.governance import Readers
from alumni.demonstration.texts import Pair


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Shown from one day through another, counted from today."""

    chapter: str | None = None
    """Its slug. None: of the association."""
    title: Pair
    body: Pair
    readers: Readers
    begins: int
    ends: int


NOTICES = (
    Notice(
        title=Pair("2026年校友卡开始办理", "The alumni card for this year"),
        body=Pair(
            "凭校友卡可进入校园、借阅图书、在附属医院体检享受优惠。登录后核对个人信息，"
            "下月起到校友会办公室或各分会秘书处领取。",
            "The card opens the campus and the library, and brings a discount on check-ups in the"
            " affiliated hospitals. Look through your facts on “My page”, then fetch it from the"
            " office or from your chapter’s secretary, from next month on.",
        ),
        readers=Readers.PUBLIC,
        begins=-6,
        ends=80,
    ),
    Notice(
        title=Pair("图书馆校友阅览室恢复开放", "The reading room is open again"),
        body=Pair(
            "校图书馆三楼校友阅览室装修完毕，工作日八点半至十七点开放。",
            "The alumni reading room on the library’s third floor is open on working days from"
            " 08:30 to 17:00.",
        ),
        readers=Readers.ALUMNI,
        begins=-3,
        ends=45,
    ),
    Notice(
        title=Pair("国庆期间办公室值班安排", "The office in the week of the holiday"),
        body=Pair(
            "放假期间办公室电话转接到值班手机。",
            "During the holiday calls are put through to whoever is on duty.",
        ),
        readers=Readers.PUBLIC,
        begins=-60,
        ends=-48,
    ),
    Notice(
        chapter="anshan",
        title=Pair("鞍山分会招募义诊志愿者", "Volunteers wanted for the free clinic"),
        body=Pair(
            "下月义诊还缺口腔科和妇科医生各两名，有意的校友请与秘书处联系。也欢迎外地校友参加。",
            "We still need two dentists and two gynaecologists for the clinic next month. Graduates"
            " from other cities are welcome, too: please write to the secretary.",
        ),
        readers=Readers.PUBLIC,
        begins=-4,
        ends=30,
    ),
    Notice(
        chapter="anshan",
        title=Pair("新微信群已建，请会员扫码进群", "We have a new WeChat group"),
        body=Pair(
            "旧群已满五百人。请会员在分会页面扫描二维码进入新群，进群后请把群昵称改为“届别+姓名”。",
            "The old group is full. Members enter the new one by the picture on the chapter’s page;"
            " please put your year before your name there.",
        ),
        readers=Readers.MEMBERS,
        begins=-1,
        ends=20,
    ),
    Notice(
        chapter="anshan",
        title=Pair("中秋茶话会通知", "Tea at the Mid-Autumn Festival"),
        body=Pair("茶话会已顺利举行，感谢各位校友。", "It was a pleasure. Thank you for coming."),
        readers=Readers.MEMBERS,
        begins=-75,
        ends=-58,
    ),
    Notice(
        chapter="greater-boston",
        title=Pair("", "Airport pick-up for visiting scholars"),
        body=Pair(
            "",
            "If you arrive at Logan this winter, tell us your flight a week before: somebody with a"
            " sign will be waiting. Drivers who can help on weekends are welcome.",
        ),
        readers=Readers.ALUMNI,
        begins=-10,
        ends=100,
    ),
)

GROUP = "https://example.org/group/anshan"
"""What the code in the picture says: nothing that opens anything."""
