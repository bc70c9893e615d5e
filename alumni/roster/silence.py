"""Who was asked to take up their record and said no: nobody looks for them by other ways."""

from sqlalchemy import Select, select

from alumni.membership.silence import SILENT
from alumni.roster.models import Activation


def register_silence() -> None:
    """Enter them. Twice is once."""
    SILENT["roster"] = _declined


def _declined() -> Select[int]:
    return select(Activation.person_id).where(Activation.declined_at.is_not(None))
