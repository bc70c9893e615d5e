"""How templates become pages: what each of them may use, and what is made once for all."""

import hashlib
import re
from collections.abc import MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_inner  # type: ignore[attr-defined] # its part in C

from alumni import i18n

STATIC = Path(__file__).parent / "static"


class Unindented(Extension):
    """Send pages without the indentation of their templates: a fifth of a long list's weight."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if name is None or not name.endswith(".html"):
            return source
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE)


def escaped(value: object) -> str:
    """What a page shows of the value. As ``escape``, but what is only put between other texts need

    not be marked as safe: in a list of fifty rows that took as long as the rows' own words.
    """
    if type(value) is str:
        shown: str = escape_inner(value)
        return shown
    return value if type(value) is Markup else escape(value)


class Putting(CodeGenerator):
    """Makes the code of templates.

    What they put into a page goes through ``escaped``; and texts of ours are looked up without the
    library's ways to call anything that a template may name.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Call(  # noqa: N802 - as the library names it
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - as the library calls it
    ) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and _is_plain_text(node):
            self.write("environment.drawn(")
            self.visit(node.args[0], frame)
            self.write(")")
        else:
            super().visit_Call(node, frame, forward_caller=forward_caller)


def _is_plain_text(node: nodes.Call) -> bool:
    """Whether it is ``_("…")``."""
    is_ours = isinstance(node.node, nodes.Name) and node.node.name == "_"
    more = (node.kwargs, node.dyn_args, node.dyn_kwargs)
    return is_ours and [type(one) for one in node.args] == [nodes.Const] and not any(more)


class Pages(Environment):
    """Where pages are made."""

    code_generator_class = Putting
    escaped = staticmethod(escaped)
    drawn = staticmethod(i18n.drawn)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Those of the whole program, as they are when a template is read: all have been added by

        then. Looked up in two mappings, as by itself, they were a tenth of each page: every
        template compares them with those of the templates it imports.
        """
        return {**self.globals, **(d or {})}


def init_app(app: Flask, **words: object) -> None:
    """Make the templates' environment, in which they may use these words too."""
    app.jinja_environment = Pages
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.globals.update(
        either=i18n.either,
        day_text=i18n.day_text,
        date_text=i18n.date_text,
        clock_text=i18n.clock_text,
        moment_text=i18n.moment_text,
        span_text=i18n.span_text,
        zone_name=i18n.zone_name,
        static_url=static_url,
        icon=icon,
        **words,
    )


@lru_cache(maxsize=64)
def static_url(name: str) -> str:
    """The address of a static file, with what it contains in it, so that it can be kept a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@lru_cache(maxsize=128)
def icon(name: str) -> Markup:
    """A small drawing inside the page. It says nothing that the words beside it do not say.

    How its lines are drawn is the style sheet's: said in each of twenty, it would weigh 3 kB.
    """
    import lucide  # noqa: PLC0415 - of pages only

    drawn = lucide._render_icon(name, None)  # noqa: SLF001 - nothing public but for templates
    lines = "".join(part.strip() for part in drawn.partition(">")[2].splitlines())
    opening = '<svg class="icon drawn" viewBox="0 0 24 24" aria-hidden="true">'
    return Markup(opening + lines)  # noqa: S704 - drawn by the library from its own files
