"""The tables of this slice, a room for each part of it."""

from alumni.roster.models.applications import (
    Application,
    ApplicationState,
    Evidence,
    EvidenceKind,
    Match,
    MatchVerdict,
    Vouch,
)
from alumni.roster.models.duplicates import (
    DuplicatePair,
    DuplicateSearch,
    Merge,
    PairState,
)
from alumni.roster.models.imports import (
    BatchKind,
    BatchState,
    ImportBatch,
    ImportChunk,
    ImportMapping,
    ImportRow,
    Policy,
    Proposal,
    RosterEntry,
    Verdict,
)
from alumni.roster.models.invitations import (
    Activation,
    ActivationWave,
    Invitation,
)

__all__ = [
    "Activation",
    "ActivationWave",
    "Application",
    "ApplicationState",
    "BatchKind",
    "BatchState",
    "DuplicatePair",
    "DuplicateSearch",
    "Evidence",
    "EvidenceKind",
    "ImportBatch",
    "ImportChunk",
    "ImportMapping",
    "ImportRow",
    "Invitation",
    "Match",
    "MatchVerdict",
    "Merge",
    "PairState",
    "Policy",
    "Proposal",
    "RosterEntry",
    "Verdict",
    "Vouch",
]
