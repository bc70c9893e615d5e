"""Putting an audience together without having seen such a thing before."""

import json
from contextlib import nullcontext
from typing import Any

from flask import request
from wtforms.fields import TextAreaField
from wtforms.validators import Length, Optional

from alumni.audiences.criteria import Audience, Misplaced
from alumni.audiences.criteria.reading import LONGEST_JSON
from alumni.audiences.criteria.saved import reading
from alumni.audiences.forms.drafts import Choosing, Draft
from alumni.audiences.forms.saved import NamingForm
from alumni.audiences.queries.choices import Choices
from alumni.audiences.queries.saved import Kept
from alumni.authz import Actor
from alumni.i18n import _


class EditorForm(NamingForm):
    """An audience's name, and whom it means: as groups of conditions, or as JSON."""

    criteria = TextAreaField(validators=[Optional(), Length(max=LONGEST_JSON)])

    def __init__(self, actor: Actor, offered: Choices, kept: Kept | None = None) -> None:
        super().__init__(offered, kept)
        self.choosing = Choosing(actor, offered)
        self.draft: Draft | None = Draft(self.choosing)
        self.audience: Audience | None = None
        """As far as it can be read."""
        self.problem = ""
        """Why the whole cannot be read."""
        self.button = request.form.get("do", "")
        """What somebody pressed that saves nothing."""
        with reading(kept.public_id) if kept else nullcontext():
            self.questions = self.choosing.questions()
            if request.method == "POST":
                self._take()

    def begin(self, audience: Audience) -> None:
        """Show this audience."""
        self.audience = audience
        self.draft = Draft.of(self.choosing, audience)
        if self.draft is None:
            self._write(audience.to_json())

    def repair(self, criteria: dict[str, Any], problem: str) -> None:
        """Show what was kept and cannot be read any more."""
        self.draft, self.problem = None, problem
        self._write(criteria)

    def unread(self) -> list[str]:
        """What is wrong with the conditions that ``audience`` had to leave out."""
        conditions = self.draft.conditions() if self.draft else ()
        return [one.error for one in conditions if one.error]

    def _write(self, criteria: dict[str, Any]) -> None:
        self.criteria.data = json.dumps(criteria, ensure_ascii=False, indent=2)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.draft is not None and self.draft.complain():
            self.form_errors.append(_("Some conditions are not complete."))
        elif self.problem and self.draft is not None:
            self.form_errors.append(self.problem)
        elif self.problem:
            self.criteria.errors = [self.problem]
        return valid and not self.form_errors and not self.problem

    def _take(self) -> None:
        """Read what was sent, and do what its button says."""
        if "criteria" in request.form:
            self.draft = None
        else:
            self.draft = Draft.sent(self.choosing, request.form)
            self.draft.carry_out(self.button, request.form)
        try:
            self.audience = self._read()
        except Misplaced as wrong:
            self.problem = str(wrong)

    def _read(self) -> Audience:
        if self.draft is not None:
            return self.draft.audience()
        return Audience.from_json_text(self.choosing.actor, self.criteria.data or "")
