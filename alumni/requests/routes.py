"""Requests to the office."""

from flask import Blueprint

blueprint = Blueprint("requests", __name__)
