"""What becomes of choices about mailing lists when two records of one person are made one."""

from alumni.mailings.models import Choice
from alumni.roster.merging import RULES, Merging, Reference


def register_rules() -> None:
    """Enter the rules. Twice is once."""
    RULES["subscription"] = choices


def choices(merging: Merging, reference: Reference) -> None:
    """Who said no to a list with either record has said no."""
    table = reference.table
    ours = {
        row["mail_list_id"]: row for row in merging.of(table, reference.column == merging.kept_id)
    }
    moving = []
    for row in merging.of(table, reference.column == merging.gone_id):
        known = ours.get(row["mail_list_id"])
        if known is None:
            moving.append(row["id"])
            continue
        merging.remove(table, row)
        if row["choice"] is Choice.UNSUBSCRIBED and known["choice"] is not Choice.UNSUBSCRIBED:
            said = {name: row[name] for name in ("choice", "source", "at")}
            merging.change(table, known, said)
    merging.move(reference, moving)
