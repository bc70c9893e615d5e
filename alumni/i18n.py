"""Both languages: texts through gettext, dates and times through Babel and zoneinfo."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from babel.core import Locale, get_global
from babel.dates import format_date, get_timezone_location
from babel.support import Translations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, LazyString, force_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

__all__ = ["_", "lazy_gettext", "ngettext"]

LANGUAGES = {"zh": "中文", "en": "English"}
"""The languages of the program, each in its own words."""

CATALOGUES = Path(__file__).parent / "translations"

reset_tzpath(to=[])
"""Zones come from the pinned ``tzdata`` and not from whatever the machine has: in 2026 Debian's
still had Vancouver's winter an hour wrong."""

ZONE_DATA = version("tzdata")

_said: ContextVar[str | None] = ContextVar("said", default=None)
"""The language of the block in which this thread is ``speaking``."""


def _(message: str, **values: object) -> str:
    """The text in the reader's language, with the values put in."""
    text = _texts().ugettext(message)
    return str(text % values if values else text)


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The text for that number of things in the reader's language, the number as 12,000."""
    text = _texts().ungettext(one, many, num)
    return str(text % ({"num": f"{num:,}"} | values))


def lazy_gettext(message: str, **values: object) -> LazyString:
    """The text, looked up when it is shown: for what is made before anybody reads it."""
    return LazyString(_, message, **values)


def _texts() -> Any:
    return catalogue(_code())


def _code() -> str:
    """What texts are in at the moment; outside of the program the sources' own language."""
    return _said.get() or _read() or "en"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> Any:
    """The texts of a language, read once. To find them anew for each text took most of a page."""
    return Translations.load(CATALOGUES, [code])


def init_app(app: Flask) -> None:
    compile_catalogues()
    Babel(app, locale_selector=_chosen)
    app.jinja_env.globals.update(_=_drawn, gettext=_drawn, ngettext=_drawn_number)


def drawn(message: str) -> Markup:
    """A text without values, to be put into a page."""
    return _whole(_code(), message)


@pass_eval_context
def _drawn(reading: EvalContext, message: str, /, **values: object) -> str:
    """What the extension of Jinja makes of ``_``, without the ways round: a page has forty."""
    if reading.autoescape and not values:
        return drawn(message)
    text = _texts().ugettext(message)
    return (Markup(text) if reading.autoescape else str(text)) % values  # noqa: S704 - of ours


@lru_cache(maxsize=4096)
def _whole(code: str, message: str) -> Markup:
    return Markup(catalogue(code).ugettext(message)) % {}  # noqa: S704 - as above


@pass_eval_context
def _drawn_number(reading: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
    text = _texts().ungettext(one, many, num)
    values = {"num": f"{num:,}"} | values
    return (Markup(text) if reading.autoescape else str(text)) % values  # noqa: S704 - as above


def compile_catalogues() -> None:
    """Make the ``.mo`` beside each ``.po`` that is newer. They are made, so nobody commits them."""
    for source in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        made = source.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo  # noqa: PLC0415 - needed once for each release
        from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        draft = made.with_suffix(".mo.draft")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(made)


def _chosen() -> str:
    """What this visitor reads: said by the account, by the switch, or by the browser."""
    if not has_request_context():
        return "zh"
    for said in (g.get("language"), session.get("language")):
        if said in LANGUAGES:
            return str(said)
    return request.accept_languages.best_match(list(LANGUAGES)) or "zh"


def _read() -> str | None:
    """What this visitor reads, found out once for each page; None outside of the program."""
    try:
        kept = g._get_current_object()  # noqa: SLF001 - as its library documents
    except RuntimeError:
        return None
    found: str | None = kept.get("reads")
    if found is None:
        found = kept.reads = _chosen()
    return found


def language() -> str:
    """``zh`` or ``en``: what texts are in at this moment."""
    return _said.get() or _read() or "zh"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Inside the block texts are in this language, whoever is visiting: for letters and files."""
    said = code if code in LANGUAGES else "zh"
    before = _said.get()
    _said.set(said)
    try:
        with force_locale(said):  # what forms say by themselves
            yield
    finally:
        _said.set(before)


def either(zh: str | None, en: str | None, code: str | None = None) -> str:
    """Of a pair of texts the one in the reader's language, or else the other."""
    first, second = (zh, en) if (code or language()) == "zh" else (en, zh)
    return first or second or ""


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_name(zone: str) -> str:
    """The zone by its city: 北京时间 for China, Boston time for America/New_York."""
    here = language()
    if zone == "Asia/Shanghai":
        return "北京时间" if here == "zh" else "Beijing time"
    place = _city_of(zone, here)
    return f"{place}时间" if here == "zh" else f"{place} time"


def _city_of(zone: str, code: str) -> str:
    """Babel names some cities only under what their zone was called before: Asia/Calcutta."""
    name = get_global("zone_aliases").get(zone, zone)
    told = Locale(code).time_zones
    for known in (name, *_former_names().get(name, ())):
        if "city" in told.get(known, ()):
            return str(told[known]["city"])
    place: str = get_timezone_location(ZoneInfo(zone), locale=code, return_city=True)
    return place.rpartition("/")[2]


@lru_cache(maxsize=1)
def _former_names() -> dict[str, list[str]]:
    """What each zone was called before."""
    found: dict[str, list[str]] = {}
    for former, name in sorted(get_global("zone_aliases").items()):
        found.setdefault(name, []).append(former)
    return found


WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def day_text(day: date) -> str:
    """2027年1月16日 周六, or Sat 16 January 2027."""
    if language() == "zh":
        return f"{day.year}年{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"
    return format_date(day, "EEE d MMMM yyyy", locale=Locale("en"))


def date_text(day: date | None) -> str:
    """2026年5月3日, or 3 May 2026."""
    if day is None:
        return ""
    if language() == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return format_date(day, "d MMMM yyyy", locale=Locale("en"))


def clock_text(moment: datetime, zone: str) -> str:
    """The hour and minute in the zone, as 18:30."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def moment_text(moment: datetime, zone: str) -> str:
    """The day and hour in the zone, without the zone's name."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{date_text(there.date())} {there:%H:%M}"


def span_text(starts: datetime, ends: datetime, zone: str) -> str:
    """From when to when, in the zone: the day is said once where both are of one day."""
    first, last = starts.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))
    if first.date() == last.date():
        return f"{day_text(first.date())} {first:%H:%M}–{last:%H:%M}"
    return f"{day_text(first.date())} {first:%H:%M} – {day_text(last.date())} {last:%H:%M}"
