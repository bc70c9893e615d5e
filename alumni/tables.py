"""All tables: the metadata is complete once this is imported."""

import alumni.accounts.models
import alumni.audiences.models
import alumni.audit.models
import alumni.chapters.models
import alumni.chapters.models.governance
import alumni.codes.models
import alumni.events.models
import alumni.exports.models
import alumni.mailings.models
import alumni.outbox.models
import alumni.people.models
import alumni.people.models.asking
import alumni.people.models.classes
import alumni.people.models.search
import alumni.requests.models
import alumni.roster.models
import alumni.throttles
from alumni.db import Model

metadata = Model.metadata
