"""Saying no: what a command raises, for the person who asked."""

from sqlalchemy.exc import DontWrapMixin

from alumni.i18n import _


class Refusal(Exception):
    """A request we understood and decline. Its text is for the person who asked."""

    status = 409

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Invalid(Refusal):
    """Something in what was sent cannot be meant."""

    status = 422


class BadRequest(Refusal):
    """An address with a parameter that we do not know or cannot read."""

    status = 400


class Forbidden(Refusal):
    status = 403

    def __init__(self, rule: str) -> None:
        super().__init__(_("You may not do this."))
        self.rule = rule


class Unproved(Refusal):
    """What is grave asks again who is there, since a computer may have been left open."""

    status = 403

    def __init__(self) -> None:
        super().__init__(_("Please confirm first that it is you. Nothing was changed."))


class NotFound(Refusal):
    """Also raised for what exists but is not theirs to see: the two must look alike."""

    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such page."))


class Gone(Refusal):
    """A link that has done its work, or whose time is over."""

    status = 410


class BadValue(Refusal, DontWrapMixin):
    """A value that no column takes: a control character, a lone surrogate, far too long.

    It comes out of a statement as it is, not wrapped into an error of the database.
    """

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Something in it cannot be kept: a hidden character, or too much text."))
