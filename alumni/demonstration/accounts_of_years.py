"""What chapters say of their years in the demonstration."""

from typing import NamedTuple

from alumni.chapters.models.governance import ReportState


class Account(NamedTuple):
    """The four answers of an annual report."""

    activities: str
    members_cared_for: str
    money: str
    plans: str


OWN = Account(
    "全年组织活动五次：新春聚餐、千山健步行、两次社区义诊、一次青年校友交流会，参加校友共一百四十余人次。",
    "走访慰问退休老校友六位；一位校友患病住院，分会组织探望并协调转诊。",
    "活动费用由参加者分摊，余额1260元，由秘书处保管，明细已向会员公布。",
    "明年计划增加一次面向年轻校友的交流会，并把通讯名册核对一遍。",
)

COMMON = (
    Account(
        "举办学术沙龙四次、秋季健步行一次，到会校友二百余人次；与当地医院合办继续教育讲座一次。",
        "为新到本地工作的校友建立一对一联系；重阳节看望老校友四位。",
        "收支平衡，无结余。",
        "争取每季度至少一次活动，年内完成换届。",
    ),
    Account(
        "年初团拜、夏季家庭日各一次，另有小型聚会若干。",
        "帮助两位校友的家属就医；为来本地进修的校友提供住宿信息。",
        "收到校友赞助3000元，用于家庭日场地，票据齐全。",
        "完善微信群管理，核对会员名册。",
    ),
    Account(
        "线上讲座三场，线下聚会一次，下乡义诊两次，服务群众约三百人。",
        "逐一联系五年以上未参加活动的会员，找回十一位。",
        "义诊耗材由两家医院支持，分会无支出。",
        "与邻近分会联合办一次病例讨论会。",
    ),
)

RETURNED = "请补充经费收支的数字，并说明走访慰问的大致人数。"

STATES = (
    ReportState.ACCEPTED,
    ReportState.SUBMITTED,
    ReportState.ACCEPTED,
    None,
    ReportState.RETURNED,
    ReportState.ACCEPTED,
    ReportState.SUBMITTED,
    None,
    ReportState.DRAFT,
)
"""What became of the report of the last year, chapter by chapter and over again. None: nothing."""

LATE = 7
"""Of the year before, one chapter in so many never gave a report."""
