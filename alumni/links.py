"""Addresses that go out of the program: in letters, calendars and on paper."""

from flask import current_app


def address_of(endpoint: str, **values: object) -> str:
    """The full address of a page. It begins with the configured base URL and never with what a

    request called this host. Works in the worker and on the command line too.
    """
    base: str = current_app.config["ALUMNI"].address
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return base + path
