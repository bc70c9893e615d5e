"""The application: the only module that knows all the others."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog
from flask import Flask

from alumni import i18n, tables, templating
from alumni.audiences import jobs as audience_jobs
from alumni.audiences import succession as audience_succession
from alumni.audit.jobs import seal_history
from alumni.codes.commands import on_change
from alumni.codes.queries import association
from alumni.config import ROOT, Settings
from alumni.db import db, engine_options
from alumni.events import criteria as event_criteria
from alumni.events import endings as event_endings
from alumni.events import happenings as event_happenings
from alumni.events import merging as event_merging
from alumni.events import panels as event_panels
from alumni.exports.jobs import make_files, purge_files
from alumni.links import address_of, bring_pages, come_later, qr_code
from alumni.mailings import criteria as mailing_criteria
from alumni.mailings import desks as mailing_desks
from alumni.mailings import merging as mailing_merging
from alumni.mailings import succession as mailing_succession
from alumni.mailings import uniting as mailing_uniting
from alumni.mailings.jobs import finish, prepare
from alumni.membership import histories
from alumni.membership.jobs import remind_of_reports
from alumni.outbox import writing
from alumni.outbox.jobs import beat, recover, send_due
from alumni.outbox.transport import transport_for
from alumni.people.commands.search import mark_stale_by
from alumni.people.jobs import refresh
from alumni.requests import succession as request_succession
from alumni.roster import criteria as roster_criteria
from alumni.roster import desks as roster_desks
from alumni.roster.finding import find_duplicates
from alumni.roster.jobs import ask_waiting, clear_away, forget, go_on
from alumni.roster.merging import offices
from alumni.roster.merging.rules import register_rules
from alumni.roster.silence import register_silence
from alumni.starting import make_ready
from alumni.work import Job, worker_name

TEMPLATES = (ROOT / "templates", Path(__file__).parent / "templates")
"""In a checkout beside the program, in an installed package inside it."""


def create_app(settings: Settings | None = None, *, pages: bool = True) -> Flask:
    """The program with these settings, or those of the environment. Touches no table yet.

    Without ``pages`` it has none before it is asked where one is, or to serve them: a worker and
    most commands never need what they bring, which is a fifth of the program's memory.
    """
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__,
        instance_path=str(settings.folder),
        static_folder=None,
        template_folder=str(next(folder for folder in TEMPLATES if folder.is_dir())),
    )
    app.config.update(settings.for_flask())
    app.config["ALUMNI"] = settings
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database())
    templating.init_app(app, address_of=address_of, qr_code=qr_code)
    i18n.init_app(app)
    db.init_app(app)
    writing.init_app(app, _association_name)
    _fill_registries()
    come_later(app, _add_pages)
    if pages:
        bring_pages(app)
    return app


def _fill_registries() -> None:
    """Tell the slices below what those above add to them. Twice is once: tests make many apps."""
    audience_jobs.register()
    for heirs in (audience_succession, mailing_succession, request_succession):
        heirs.register()
    histories.register()
    event_criteria.register_criteria()
    mailing_criteria.register_criteria()
    roster_criteria.register_criteria()
    register_rules()
    offices.register_rules()
    register_silence()
    event_merging.register_rules()
    event_panels.register_panels()
    event_happenings.register_happenings()
    event_endings.register_endings()
    mailing_merging.register_rules()
    mailing_uniting.register_rules()
    mailing_desks.register_desk()
    roster_desks.register_desk()
    if mark_stale_by not in on_change:
        on_change.append(mark_stale_by)


def start(app: Flask) -> None:
    """Make the database ready, with the lists of the package in a new one."""
    with app.app_context():
        make_ready()


def jobs(app: Flask) -> Mapping[str, Job]:
    """What the worker does, in the order it looks for work."""
    settings: Settings = app.config["ALUMNI"]
    name = worker_name()
    transport = transport_for(settings.smtp_url, settings.folder / "outbox")
    return {
        "sign of life": lambda: beat(name),
        "letters of the dead": recover,
        "letters": lambda: send_due(transport, worker=name),
        "imports": go_on,
        "imports gone by": clear_away,
        "applications gone by": forget,
        "activation": ask_waiting,
        "annual reports": remind_of_reports,
        "mailings": prepare,
        "mailings done": finish,
        "search index": refresh,
        "duplicates": find_duplicates,
        "files": lambda: make_files(name),
        "files gone by": purge_files,
        "seals": seal_history,
    }


def configure_logs() -> None:
    """One line of JSON for each thing that happens, to standard error. No names, no addresses."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _add_pages(app: Flask) -> None:
    from alumni import pages  # noqa: PLC0415 - see ``create_app``

    pages.add_to(app)


def _association_name(language: str) -> str:
    with i18n.speaking(language):
        return association().name


__all__ = ["create_app", "jobs", "start", "tables"]
