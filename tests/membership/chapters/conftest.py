"""What each of these tests begins and ends with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from alumni.chapters.models import ChapterPlace
from alumni.db import db
from alumni.events.panels import register_panels

BROUGHT = 18
"""So many chapters the program brings."""


@pytest.fixture(autouse=True)
def _covered_by_no_others() -> Iterator[None]:
    """Which places the chapters cover is kept from test to test: take back what was said here."""
    yield
    db.session.rollback()
    db.session.execute(delete(ChapterPlace).where(ChapterPlace.chapter_id > BROUGHT))
    db.session.commit()


@pytest.fixture(autouse=True)
def _panels_of_events() -> None:
    register_panels()
