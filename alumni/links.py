"""Addresses that go out of the program: in letters, calendars and on paper."""

from collections.abc import Callable

from flask import Flask, current_app
from markupsafe import Markup


def address_of(endpoint: str, **values: object) -> str:
    """The full address of a page. It begins with the configured base URL and never with what a

    request called this host. Works in the worker and on the command line too.
    """
    base: str = current_app.config["ALUMNI"].address
    bring_pages(current_app)
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return base + path


def come_later(app: Flask, add: Callable[[Flask], None]) -> None:
    """Say how the pages are added to a program that has none yet."""
    app.extensions["alumni.pages"] = add


def bring_pages(app: Flask) -> None:
    """See to it that the program has its pages. Twice is once."""
    add = app.extensions.pop("alumni.pages", None)
    if add is not None:
        add(app)


def qr_code(address: str) -> Markup:
    """The address as a drawing that a telephone reads, to stand in a page or on paper."""
    import segno  # noqa: PLC0415 - few pages show one

    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(svgclass="qr", lineclass=None, border=4, omitsize=True))  # noqa: S704 - digits and our own words
