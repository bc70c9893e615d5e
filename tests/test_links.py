"""Addresses that leave the program."""

from flask import Flask

from alumni.links import address_of


def test_addresses_begin_with_the_base_url_whatever_was_asked_for(app: Flask) -> None:
    with app.test_request_context("/", base_url="http://evil.example"):
        assert address_of("home.privacy") == "http://127.0.0.1:5000/privacy"
    assert (
        address_of("accounts.set_password", token="a b") == "http://127.0.0.1:5000/password/a%20b"
    )
