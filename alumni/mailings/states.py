"""How a letter to many is called, and what its state is called."""

from alumni.i18n import _, either
from alumni.mailings.models import Mailing, MailingStatus

STATUS_KINDS = {
    MailingStatus.DRAFT: "off",
    MailingStatus.SUBMITTED: "wait",
    MailingStatus.REJECTED: "bad",
    MailingStatus.PREPARING: "wait",
    MailingStatus.SENDING: "wait",
    MailingStatus.SENT: "ok",
    MailingStatus.CANCELLED: "off",
}


def status_names() -> dict[MailingStatus, str]:
    return {
        MailingStatus.DRAFT: _("Draft"),
        MailingStatus.SUBMITTED: _("Waiting for approval"),
        MailingStatus.REJECTED: _("To be changed"),
        MailingStatus.PREPARING: _("Being prepared"),
        MailingStatus.SENDING: _("Being sent"),
        MailingStatus.SENT: _("Sent"),
        MailingStatus.CANCELLED: _("Cancelled"),
    }


def subject_of(mailing: Mailing) -> str:
    texts = {variant.language: variant.subject for variant in mailing.variants}
    return either(texts.get("zh"), texts.get("en"))
