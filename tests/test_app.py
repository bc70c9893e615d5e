"""What holds for the whole program: rules that nobody has to remember."""

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path

from flask import Flask

from alumni.config import Settings
from alumni.web import Whole, is_public
from tests.browser import Browser

ROOT = Path(__file__).resolve().parent.parent

PUBLIC = {
    "accounts.forgot",
    "accounts.set_password",
    "accounts.sign_in",
    "accounts.sign_in_code",
    "accounts.sign_out",
    "codes.logo",
    "events.event",
    "events.events",
    "home.contact",
    "home.healthz",
    "home.help_page",
    "home.index",
    "home.patterns",
    "home.privacy",
    "home.readyz",
    "home.switch_language",
    "mailings.unsubscribe",
    "membership.announcement",
    "membership.chapter",
    "membership.chapters",
    "membership.group_picture",
    "membership.lead_answer",
    "people.card",
    "people.photo",
    "people.profile",
    "people.relayed",
    "roster.activate",
    "roster.chapter",
    "roster.claim",
    "roster.confirm",
    "roster.decline_activation",
    "roster.decline_invitation",
    "roster.invited",
    "roster.join",
    "roster.reading",
    "roster.sent",
}
"""Every page that somebody who is not signed in may open. Think twice before adding one."""


def test_only_these_pages_are_public(app: Flask) -> None:
    opened = {endpoint for endpoint in app.view_functions if is_public(app, endpoint)}
    assert opened == PUBLIC


def test_all_others_ask_who_is_there(app: Flask, browser: Browser) -> None:
    """Whatever the method, and before anything is looked up."""
    answered = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = re.sub(r"<int:\w+>", "1", rule.rule)
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
        path = re.sub(r"<\w+>", "x", path)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            page = browser.open(method.lower(), path)
            answered[f"{method} {path}"] = (page.status, page.location.partition("?")[0])
    let_in = {
        key: value
        for key, value in answered.items()
        if value != ((303, "/sign-in") if key.startswith("GET") else (401, ""))
    }
    assert let_in == {}


def test_every_form_page_looks_at_its_token(app: Flask) -> None:
    """A page that shows a form and takes it is let through with a bad token, to show it again:

    so each must ask ``submitted()``, which refuses it.
    """
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if {"GET", "POST"} <= (rule.methods or set()) and not getattr(view, "is_by_letter", False):
            source = inspect.getsource(inspect.unwrap(view))
            asks = ("submitted(", "_edited(", "_merging(")
            assert any(word in source for word in asks), rule.endpoint


def test_every_number_in_an_address_has_an_end(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert "<int" not in rule.rule or app.url_map.converters["int"] is Whole


def test_a_get_changes_nothing_by_its_name(app: Flask) -> None:
    """Addresses that are verbs take no GET without showing a form first."""
    verbs = re.compile(r"/(approve|publish|submit|cancel|leave|apply|discard|call-off|sign-out)$")
    for rule in app.url_map.iter_rules():
        if verbs.search(rule.rule):
            assert "GET" not in (rule.methods or set()), rule


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {f"ALUMNI_{field.name.upper()}" for field in fields(Settings)}
    assert {name for name in names if f"`{name}`" not in readme} == set()
    told = set(re.findall(r"`(ALUMNI_[A-Z_]+)`", readme))
    assert told - names == set(), "the README tells of settings that there are not"


def test_every_rule_is_seen_to_refuse() -> None:
    assert first_arguments("alumni", "require") - first_arguments("tests", "refused") == set()


def first_arguments(folder: str, function: str) -> set[str]:
    """What is passed first to calls of the function, anywhere in the folder, without its module."""
    calls = (
        node
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function
    )
    return {ast.unparse(call.args[0]).rpartition(".")[2] for call in calls if call.args}


def test_templates_trust_nothing() -> None:
    """No text is marked safe, no attribute goes unquoted, no page asks another host."""
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "|safe" not in text.replace(" ", ""), path
            assert not re.search(r"=\{\{", text), path
            assert not re.search(r"(src|href)=[\"'](https?:)?//", text), path
            assert " style=" not in text or "emails" in path.parts, path


def test_the_lock_names_no_place() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?:|file:|index|find-links", text), name
        assert "--hash=sha256:" in text


def test_no_room_has_grown_too_large() -> None:
    large = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "alumni").rglob("*.py")
        if "versions" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 490
    }
    assert large == {}
