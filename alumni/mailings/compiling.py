"""From what an author wrote to a text that many letters share.

A mailing is compiled once for each language of its readers. What stays open are the places in
it, from a closed list; a word that fills one is never looked at again.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from textwrap import indent
from typing import TYPE_CHECKING

from flask import current_app
from markupsafe import Markup

from alumni.codes.queries import association
from alumni.errors import Invalid
from alumni.i18n import _, either, speaking
from alumni.links import address_of
from alumni.mailings.models import Mailing, MailingVariant, MailList
from alumni.outbox.models import SharedText
from alumni.outbox.writing import sender_domain
from alumni.richtext import rendered

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

FIELDS = {"name": "name", "姓名": "name", "chapter": "chapter", "分会": "chapter"}
"""What an author may write between ``{{`` and ``}}``, and the word it stands for."""

_PLACE = re.compile(r"\{\{(?P<field>[^{}\n]{0,40})\}\}|\{\{|\}\}")
_IN_A_LINK = re.compile(r"\]\([^()\s]*\{\{[^)]*\)|\]:\s*\S*\{\{")
_OWN_LINK = re.compile(r'href="/(?!/)')


@dataclass(frozen=True, kw_only=True)
class Written:
    """A mailing's text in one language, as its author wrote it."""

    subject: str
    source: str


def check(text: str, *, field: str) -> None:
    """Raise Invalid at this field of the form unless every place in the text is a known one."""
    for place in _PLACE.finditer(text):
        name = (place["field"] or "").strip()
        if name not in FIELDS:
            raise Invalid(_unknown(text, place), field=field)
    in_a_link = _IN_A_LINK.search(text)
    if in_a_link:
        raise Invalid(
            _(
                "A field cannot stand in the address of a link (%(where)s).",
                where=_where(text, in_a_link.start()),
            ),
            field=field,
        )


def hash_of(mail_list_id: int, reply_to: str | None, texts: Iterable[tuple[str, Written]]) -> str:
    """Of all that a reader would get: it differs as soon as one character does."""
    told = [mail_list_id, reply_to or ""]
    told += [[code, text.subject, text.source] for code, text in sorted(texts, key=_language)]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def list_name(mail_list: MailList, code: str | None = None) -> str:
    """What readers know the list by. A chapter's is called as the chapter is today."""
    named = mail_list.chapter or mail_list
    return either(named.name_zh, named.name_en, code)


def chosen(mailing: Mailing, reader: str) -> MailingVariant:
    """The text for a reader of this language: in the other one where there is no better."""
    return min(mailing.variants, key=lambda variant: variant.language != reader)


def compiled(mailing: Mailing, reader: str) -> SharedText:
    """The mailing's text for all readers of a language, with its places open. Not stored yet."""
    variant = chosen(mailing, reader)
    with speaking(reader):
        words = {
            "mailing": mailing,
            "language": variant.language,
            "reader": reader,
            "list_name": list_name(mailing.mail_list),
            "of_a_chapter": mailing.mail_list.chapter_id is not None,
            "association": association().name,
            "unsubscribe": "{{unsubscribe}}",
        }
        return SharedText(
            key=f"mailing:{mailing.id}:{reader}:{mailing.body_hash[:16]}",
            language=reader,
            subject=_normal(variant.subject),
            text=_framed("txt", body=as_text(variant.source), **words),
            html=_framed("html", body=as_html(variant.source), **words),
            from_name=_from_name(mailing.mail_list),
            reply_to=mailing.reply_to,
            list_id=_list_id(mailing.mail_list),
        )


def as_html(source: str) -> Markup:
    """The Markdown as HTML for a letter. A link into this site begins with its full address."""
    html = _OWN_LINK.sub(f'href="{_base()}/', rendered(_normal(source)))
    return Markup(html)  # noqa: S704 - still what was cleaned, with an address of our own in it


def as_text(source: str) -> str:
    """The Markdown as plain text that reads well, made from its tree and not from the HTML."""
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - a worker seldom needs it

    tree = SyntaxTreeNode(_markdown().parse(_normal(source)))
    return "\n\n".join(_blocks(tree)).strip()


def _unknown(text: str, place: re.Match[str]) -> str:
    where = _where(text, place.start())
    name = (place["field"] or "").strip()
    if not name:
        return str(_("Something is wrong with the curly brackets (%(where)s).", where=where))
    said = _(
        "There is no field “%(name)s” (%(where)s). There are {{name}} and {{chapter}}.",
        name=name,
        where=where,
    )
    return str(said)


def _where(text: str, position: int) -> str:
    before = text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return str(_("line %(line)s, character %(column)s", line=line, column=column))


def _language(text: tuple[str, Written]) -> str:
    return text[0]


def _normal(text: str) -> str:
    """``{{ 姓名 }}`` is written ``{{name}}``."""
    return _PLACE.sub(
        lambda place: "{{" + FIELDS[place["field"].strip()] + "}}", text.replace("\r\n", "\n")
    )


def _framed(kind: str, **words: object) -> str:
    return current_app.jinja_env.get_template(f"emails/mailing_body.{kind}").render(words)


def _from_name(mail_list: MailList) -> str:
    """Replies go elsewhere, but the domain is ours: so it says who sends for whom."""
    if mail_list.chapter_id is None:
        return association().name[:120]
    said = _(
        "%(chapter)s (via %(association)s)",
        chapter=list_name(mail_list),
        association=association().name,
    )
    return str(said)[:120]


def _list_id(mail_list: MailList) -> str:
    name = list_name(mail_list).replace('"', "'")
    return f'"{name}" <{mail_list.slug}.lists.{sender_domain()}>'


def _base() -> str:
    return address_of("home.index").rstrip("/")


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a worker seldom needs it

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
        ["table", "strikethrough"]
    )


def _blocks(parent: "SyntaxTreeNode") -> Iterator[str]:
    for node in parent.children:
        text = _block(node)
        if text.strip():
            yield text


def _block(node: "SyntaxTreeNode") -> str:
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type == "blockquote":
        return indent("\n\n".join(_blocks(node)), "> ", lambda _line: True)
    if node.type in ("fence", "code_block"):
        return indent(node.content.rstrip("\n"), "    ")
    if node.type == "hr":
        return "-" * 20
    if node.type == "table":
        return "\n".join(_rows(node))
    return _heading(node) if node.type == "heading" else _inline(node)


def _heading(node: "SyntaxTreeNode") -> str:
    text = _inline(node)
    return f"{text}\n{('=' if node.tag == 'h1' else '-') * min(_width(text), 72)}"


def _list(node: "SyntaxTreeNode") -> str:
    first = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        loose = any(not child.hidden for child in item.children if child.type == "paragraph")
        text = ("\n\n" if loose else "\n").join(_blocks(item))
        items.append(mark + indent(text, " " * len(mark)).lstrip(" "))
    return "\n".join(items)


def _rows(table: "SyntaxTreeNode") -> Iterator[str]:
    for row in table.walk():
        if row.type == "tr":
            yield " | ".join(_inline(cell) for cell in row.children)


def _inline(node: "SyntaxTreeNode") -> str:
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.type == "link":
        return _link(node)
    if node.type in ("text", "code_inline"):
        return node.content
    return "".join(_inline(child) for child in node.children)


def _link(node: "SyntaxTreeNode") -> str:
    words = "".join(_inline(child) for child in node.children)
    target = str(node.attrs.get("href", ""))
    if target.startswith("/") and not target.startswith("//"):
        target = _base() + target
    return words if target.removeprefix("mailto:") == words else f"{words} <{target}>"


def _width(text: str) -> int:
    """In columns: a Chinese character takes two."""
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)  # noqa: PLR2004 - where CJK begins
