"""Chapters that are part of others, with the places that had none of their own before."""

from dataclasses import dataclass

from alumni.demonstration.texts import Pair


@dataclass(frozen=True, kw_only=True)
class Part:
    """A chapter within a region."""

    code: str = ""
    """Empty: that of its place."""
    slug: str
    name: Pair
    intro: Pair
    region: str
    """The slug of the chapter that it is part of."""
    place: Pair
    language: str = "zh"
    zone: str = "Asia/Shanghai"


PARTS = (
    Part(
        code="210882",
        slug="dashiqiao",
        name=Pair("大石桥分会", "Dashiqiao Chapter"),
        intro=Pair(
            "大石桥分会由营口分会在大石桥的校友组成，2023年起单独活动。校友大多在市中心医院和镁都的"
            "厂矿医院工作，每月最后一个周六在医院食堂小聚。",
            "Graduates in Dashiqiao, who belonged to the Yingkou chapter until 2023. Most work"
            " in the central hospital and in those of the magnesite works. We meet on the last"
            " Saturday of the month.",
        ),
        region="yingkou",
        place=Pair("大石桥", "Dashiqiao"),
    ),
    Part(
        slug="greater-boston",
        name=Pair("大波士顿分会", "Greater Boston Chapter"),
        intro=Pair(
            "大波士顿分会是北美分会的一部分，服务于波士顿及周边的校友：新来的访问学者有人接，"
            "租房、办卡、找导师有人问。每季度一次早午餐。",
            "Part of the North America chapter, for graduates in and around Boston. We meet"
            " visiting scholars at the airport, answer questions about housing and mentors, and"
            " have brunch together every quarter.",
        ),
        region="north-america",
        place=Pair("波士顿", "Boston"),
        language="en",
        zone="America/New_York",
    ),
)
