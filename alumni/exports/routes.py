"""Files that were made for somebody: how far they are, and fetching them."""

from flask import Blueprint

blueprint = Blueprint("exports", __name__)
