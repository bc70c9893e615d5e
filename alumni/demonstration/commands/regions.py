"""Chapters within others."""

from sqlalchemy import select

from alumni.authz import SYSTEM
from alumni.chapters.models import Chapter
from alumni.codes.commands.naming import Location, enter_city
from alumni.codes.models import Place
from alumni.db import db
from alumni.demonstration import queries
from alumni.demonstration.regions import PARTS, Part
from alumni.membership.commands.chapters import ChapterDetails, found_chapter

PROVINCE = "辽宁"
"""Where the places lie that the program does not bring."""


def found_parts() -> None:
    """Make the chapters, before the people come who live there."""
    regions = {chapter.slug: chapter.id for chapter in db.session.scalars(select(Chapter))}
    places = queries.places()
    for part in PARTS:
        place = places.get(part.place.zh) or _entered(part, places[PROVINCE])
        details = ChapterDetails(
            slug=part.slug,
            name_zh=part.name.zh,
            name_en=part.name.en,
            intro_zh=part.intro.zh,
            intro_en=part.intro.en,
            contact=f"{part.slug}@example.org",
            language=part.language,
            time_zone=part.zone,
            parent_id=regions[part.region],
            place_id=place.id,
            places=(place.id,),
        )
        found_chapter(SYSTEM, details, code=part.code)


def _entered(part: Part, province: Place) -> Place:
    location = Location(name_zh=part.place.zh, name_en=part.place.en, time_zone=part.zone)
    return enter_city(SYSTEM, province, location)
