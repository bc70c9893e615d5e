"""The program's own words for what stands in columns as a key, in the language of the moment."""

from alumni.i18n import _
from alumni.people.models import Level, PersonStatus, TrainingKind


def level_words() -> dict[str, str]:
    """Levels of study in the language of the moment."""
    return {
        "college": _("Junior college"),
        "bachelor": _("Bachelor"),
        "master": _("Master"),
        "doctor": _("Doctor"),
    }


def sex_words() -> dict[str, str]:
    return {"m": _("Male"), "f": _("Female")}


def status_words() -> dict[str, str]:
    """What a person is to the association, in the language of the moment."""
    return {
        PersonStatus.KNOWN.value: _("Known"),
        PersonStatus.APPLICANT.value: _("Applicant"),
        PersonStatus.VERIFIED.value: _("Verified"),
        PersonStatus.DECEASED.value: _("Deceased"),
        PersonStatus.DEPARTED.value: _("Departed"),
        PersonStatus.MERGED.value: _("Merged"),
        PersonStatus.ERASED.value: _("Erased"),
    }


def training_words() -> dict[str, str]:
    """Kinds of training at a hospital."""
    return {
        TrainingKind.RESIDENCY.value: _("Residency"),
        TrainingKind.FELLOWSHIP.value: _("Fellowship"),
        TrainingKind.FURTHER.value: _("Further training"),
        TrainingKind.INTERN.value: _("Internship"),
    }


def listed_words() -> dict[str, str]:
    """Who may find a person, or see a fact."""
    return {
        Level.OFFICE.value: _("The office only"),
        Level.CLASS.value: _("Own classes"),
        Level.CHAPTERS.value: _("Own chapters"),
        Level.ALUMNI.value: _("Verified graduates"),
        Level.PUBLIC.value: _("Everybody"),
    }
