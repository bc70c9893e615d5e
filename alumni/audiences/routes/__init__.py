"""Lists of people: the office's and the directory, saved audiences, and files of either."""

from flask import Blueprint

blueprint = Blueprint("audiences", __name__)

from alumni.audiences.routes import (  # noqa: E402, F401 - they add their pages
    directory,
    editor,
    exports,
    people,
    saved,
)
