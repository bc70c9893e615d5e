"""What people write in Markdown, as HTML that can do no harm on a page or in a letter."""

from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
"""No picture: a page loads nothing from elsewhere, and a letter tells nobody that it was read."""

LOWER = 2
"""A text's first heading stands below the page's own and its sections'."""


@lru_cache(maxsize=256)
def rendered(source: str) -> Markup:
    """Return the text as HTML. HTML in it stays text; a single line end is kept as one."""
    import nh3  # noqa: PLC0415 - a worker seldom needs it

    html = nh3.clean(
        _markdown().render(source),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(html)  # noqa: S704 - the line above let nothing harmful through


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a worker seldom needs it

    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.enable(["table", "strikethrough"])
    markdown.core.ruler.push("lower", _lower)
    return markdown


def _lower(state: "StateCore") -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + LOWER, 6)}"
