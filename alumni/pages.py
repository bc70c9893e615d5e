"""The pages of all slices, and who asks for them. Loaded where somebody serves them."""

from flask import Flask

from alumni import web
from alumni.accounts import routes as accounts
from alumni.audiences import routes as audiences
from alumni.audit import routes as audit
from alumni.authz import Actor, Owed, without_rights
from alumni.codes import routes as codes
from alumni.events import routes as events
from alumni.exports import routes as exports
from alumni.home import routes as home
from alumni.home.frame import frame
from alumni.mailings import routes as mailings
from alumni.membership import routes as membership
from alumni.outbox import routes as outbox
from alumni.people import routes as people
from alumni.people.queries import find_actor
from alumni.requests import routes as requests
from alumni.roster import routes as roster
from alumni.web import Known, Visitor

SLICES = (
    accounts,
    audiences,
    audit,
    codes,
    events,
    exports,
    home,
    mailings,
    membership,
    outbox,
    people,
    requests,
    roster,
)


OWED = {
    Owed.SECOND_FACTOR: "accounts.second_factor",
    Owed.AGREEMENT: "membership.agreement",
}
"""Where somebody does what they owe before their work is theirs."""


def add_to(app: Flask) -> None:
    """Let the program be asked for all its pages."""
    web.init_app(
        app,
        app.config["ALUMNI"],
        Known(visitor=accounts.find_visitor, actor=_actor, owed=OWED, frame=frame),
    )
    for part in SLICES:
        app.register_blueprint(part.blueprint)


def _actor(visitor: Visitor) -> Actor:
    actor = find_actor(visitor.account_id, visitor.person_id, visitor.time_zone)
    works = actor.capabilities or actor.rights or actor.owes
    if works and not visitor.is_proved:
        return without_rights(actor, Owed.SECOND_FACTOR)
    return actor
