"""The office’s lists as far as the demonstration needs others than the program brings."""

from alumni.authz import SYSTEM
from alumni.codes.commands.naming import Wording, change_word, enter_word
from alumni.codes.models import CodeKind
from alumni.codes.queries import home_institution
from alumni.demonstration.names import PARTNERS, UNIVERSITY


def name_universities() -> None:
    """Call the own university as its association is called, and enter those it works with."""
    name_zh, name_en = UNIVERSITY
    home = home_institution()
    change_word(SYSTEM, home, Wording(name_zh=name_zh, name_en=name_en))
    for partner in PARTNERS:
        wording = Wording(name_zh=partner.name_zh, name_en=partner.name_en)
        enter_word(SYSTEM, CodeKind.INSTITUTION, wording)
