"""Addresses that go out of the program: in letters, calendars and on paper."""

from flask import current_app
from markupsafe import Markup


def address_of(endpoint: str, **values: object) -> str:
    """The full address of a page. It begins with the configured base URL and never with what a

    request called this host. Works in the worker and on the command line too.
    """
    base: str = current_app.config["ALUMNI"].address
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return base + path


def qr_code(address: str) -> Markup:
    """The address as a drawing that a telephone reads, to stand in a page or on paper."""
    import segno  # noqa: PLC0415 - few pages show one

    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(svgclass="qr", lineclass=None, border=4, omitsize=True))  # noqa: S704 - digits and our own words
