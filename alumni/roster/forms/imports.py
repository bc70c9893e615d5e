"""The roster file that the office sends."""

from flask_wtf.file import FileField, FileRequired

from alumni.errors import Invalid
from alumni.forms import Form
from alumni.i18n import _, lazy_gettext
from alumni.roster.cells import Unreadable
from alumni.roster.rows import RosterFile, read_roster


class UploadForm(Form):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a file first."))])

    def roster(self) -> RosterFile | None:
        """What the file says; None if it cannot be read, which the form then says."""
        sent = self.file.data
        try:
            return read_roster(sent.filename or "", sent.read())
        except Unreadable as fault:
            reason = _(fault.reason).format(**fault.values)
            if fault.line is not None:
                reason = _("Line %(line)s: %(reason)s", line=fault.line, reason=reason)
            self.refuse(Invalid(reason, field="file"))
            return None
