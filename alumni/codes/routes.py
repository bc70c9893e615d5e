"""The lists that the office keeps: places, and the words for schools, subjects and hospitals."""

from flask import Blueprint

blueprint = Blueprint("codes", __name__)
