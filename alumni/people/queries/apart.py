"""What tells people of one name apart: two 王伟 differ by class and city."""

from collections.abc import Iterable

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor
from alumni.db import db
from alumni.i18n import either
from alumni.people.models import Person, Residence, Study
from alumni.people.policy import shown
from alumni.people.queries.facts import study_text


def told_apart(actor: Actor, person_ids: Iterable[int]) -> dict[int, str]:
    """Class and city of these persons by id, as far as the actor may see them, in one statement.

    ``1998届 临床医学 3班 · 鞍山`` in the language of the moment; empty where nothing is known or
    shown. That the actor may find the persons at all is not asked again here.
    """
    main = and_(Study.person_id == Person.id, Study.is_primary, shown(actor, Study))
    here = and_(Residence.person_id == Person.id, Residence.is_current, shown(actor, Residence))
    asked = (
        select(Person.id, Study, Residence)
        .select_from(Person)
        .outerjoin(Study, main)
        .outerjoin(Residence, here)
        .where(Person.id.in_(set(person_ids)))
        .options(joinedload(Study.college), joinedload(Study.major), joinedload(Residence.place))
    )
    return {
        person_id: " · ".join(filter(None, (_class(study), _city(home))))
        for person_id, study, home in db.session.execute(asked)
    }


def _class(study: Study | None) -> str:
    return study_text(study) if study is not None else ""


def _city(home: Residence | None) -> str:
    if home is None:
        return ""
    return either(home.place.name_zh, home.place.name_en) if home.place else home.written
