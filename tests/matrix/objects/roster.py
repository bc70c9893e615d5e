"""Who signed up, what was brought in, and what was made one."""

from alumni.db import now, today
from alumni.people.models import PersonStatus
from alumni.roster.models import (
    Activation,
    ActivationWave,
    BatchKind,
    BatchState,
    DuplicatePair,
    Evidence,
    EvidenceKind,
    ImportBatch,
    ImportRow,
    Invitation,
    Merge,
    Proposal,
    Verdict,
)
from alumni.roster.reading import Looked
from tests.factories import account_of, make_person, saved
from tests.matrix.objects.naming import applied, called, fixed, pair, png
from tests.matrix.world import DAY, Things, World

LOOKED = Looked(
    sheet="", encoding="utf-8", delimiter=",", header_line=1, headers=(), columns=(), rows=0
)


def of_roster(world: World) -> dict[str, Things]:
    applications = [applied(None) for _ in range(2)]
    applicant = world.accounts["applicant"]
    if applicant is not None:
        applied(None, email=applicant.email, person_id=applicant.person_id)
    papers = [
        saved(Evidence(application_id=one.id, kind=EvidenceKind.CERTIFICATE, picture=png()))
        for one in applications
    ]
    known = make_person("何某", year=1998)
    batches = [
        saved(ImportBatch(file_name="x.csv", sha256="0" * 64, state=state, looked=LOOKED.as_json()))
        for state in (BatchState.STAGED, BatchState.APPLIED, BatchState.RECEIVED)
    ]
    rows = [saved(ImportRow(batch_id=one.id, line=2, verdict=Verdict.POSSIBLE)) for one in batches]
    invitations = [
        saved(
            Invitation(
                token=f"invited-{one.slug}",
                chapter_id=one.id,
                most_uses=9,
                ends_at=now() + DAY,
            )
        )
        for one in (world.home, world.foreign)
    ]
    wave = saved(ActivationWave(sentence="x"))
    activation = saved(Activation(person_id=known.id, ends_on=today() + DAY))
    two = sorted([make_person("许某"), make_person("许某")], key=lambda one: one.id)
    gone = make_person("吕某", status=PersonStatus.MERGED, merged_into_id=known.id)
    merge = saved(Merge(kept_id=known.id, gone_id=gone.id))
    twins = saved(DuplicatePair(person_id=two[0].id, other_id=two[1].id, score=60))
    named = {"public_id": applications[0].public_id}
    return {
        **_proposals(world),
        "application": called(applications[0]),
        "application_into": pair(
            {**named, "person_id": known.public_id}, gone={**named, "person_id": gone.public_id}
        ),
        "certificate": pair(
            *({**named, "evidence_id": one.public_id} for one in papers[:1]),
            foreign={**named, "evidence_id": papers[1].public_id},
        ),
        "batch": called(batches[0]),
        "applied_batch": called(batches[1]),
        "batch_errors": pair({"public_id": batches[0].public_id, "ending": "csv"}),
        "batch_row": pair(
            {"public_id": batches[0].public_id, "row_id": rows[0].id},
            foreign={"public_id": batches[0].public_id, "row_id": rows[1].id},
        ),
        "template": fixed({"kind": "registrar", "ending": "csv"}),
        "invitation": called(*invitations),
        "invitation_token": pair({"token": invitations[0].token}),
        "batch_to_map": called(batches[2]),
        "wave": called(wave),
        "activation": called(activation),
        "pair": called(twins),
        "merge": called(merge),
    }


def _proposals(world: World) -> dict[str, Things]:
    """Lists that chapters sent: the leader's own, and one of the foreign chapter."""
    proposals = [
        saved(
            ImportBatch(
                file_name="x.csv",
                sha256="0" * 64,
                kind=BatchKind.CHAPTER,
                state=state,
                looked=LOOKED.as_json(),
                proposal=Proposal.WAITING,
                chapter_id=chapter.id,
                proposed_by_id=account_of(world.people["leader"]).id,
            )
        )
        for state, chapter in (
            (BatchState.STAGED, world.home),
            (BatchState.STAGED, world.foreign),
            (BatchState.RECEIVED, world.home),
        )
    ]
    return {
        "proposal": called(*proposals[:2]),
        "proposal_to_office": called(proposals[0]),
        "proposal_to_map": called(proposals[2]),
        "proposal_errors": pair({"public_id": proposals[0].public_id, "ending": "csv"}),
        "desk_template": fixed({"ending": "csv"}),
    }
