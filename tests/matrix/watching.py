"""Seeing whether anybody asked, before a page was shown, whether it may be."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import pytest
from flask import Flask, before_render_template

from alumni import authz
from alumni.authz import Actor
from alumni.web import Known


@dataclass
class Watch:
    asked: int = 0
    """How many rules were asked since the request began, and before its page was drawn."""
    is_off: bool = False
    """While the page is drawn, and while its menu is made: what they ask lets nobody in."""

    def note(self) -> None:
        if not self.is_off:
            self.asked += 1

    def begin(self) -> None:
        self.asked, self.is_off = 0, False


@contextmanager
def watched(app: Flask) -> Iterator[Watch]:
    """Count, as long as the block lasts, each ``require``, each function of a policy, and each look

    at what an actor holds.
    """
    watch = Watch()
    known: Known = app.extensions["alumni.known"]
    with pytest.MonkeyPatch.context() as patch:
        for function in _rules():
            _replace(patch, function, _noting(function, watch))
        for name in ("can", "may_in", "chapters_with"):
            patch.setattr(Actor, name, _noting(getattr(Actor, name), watch))
        patch.setitem(
            app.extensions, "alumni.known", replace(known, frame=_silent(known.frame, watch))
        )

        def drawing(_app: Flask, **_about: Any) -> None:
            watch.is_off = True

        with before_render_template.connected_to(drawing):
            yield watch


def _rules() -> set[Callable[..., Any]]:
    """``require``, and what is defined in the policies."""
    return {authz.require} | {
        thing
        for name, module in list(sys.modules.items())
        if name.startswith("alumni.") and "policy" in name.split(".")
        for thing in vars(module).values()
        if isinstance(thing, FunctionType) and thing.__module__ == name
    }


def _replace(patch: pytest.MonkeyPatch, old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Wherever a module of the program knows it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("alumni."):
            for key, thing in list(vars(module).items()):
                if thing is old:
                    patch.setattr(module, key, new)


def _noting(function: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        watch.note()
        return function(*args, **kwargs)

    return noting


def _silent(function: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @functools.wraps(function)
    def silent(*args: Any, **kwargs: Any) -> Any:
        was, watch.is_off = watch.is_off, True
        try:
            return function(*args, **kwargs)
        finally:
            watch.is_off = was

    return silent
