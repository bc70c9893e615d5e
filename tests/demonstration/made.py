"""The demonstration in a folder of its own, made by its command."""

from pathlib import Path
from typing import NamedTuple

from flask import Flask

from alumni.app import create_app
from alumni.config import Settings
from alumni.demonstration.cli import demo
from tests.browser import outside

NUMBER = 400


class Made(NamedTuple):
    app: Flask
    output: str


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = outside(lambda: app.test_cli_runner().invoke(demo, list(arguments)))
    return result.exit_code, result.output


def installed(folder: Path, base_url: str = "") -> Flask:
    """The program in a folder of its own, with nothing in it yet."""
    return create_app(Settings(instance=str(folder), base_url=base_url))
