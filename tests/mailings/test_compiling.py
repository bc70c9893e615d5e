import pytest

from alumni.errors import Invalid
from alumni.i18n import speaking
from alumni.mailings.compiling import Written, as_html, as_text, check, compiled, hash_of
from alumni.mailings.models import MailingVariant
from alumni.outbox.writing import filled
from tests.factories import make_chapter, saved
from tests.mailings.factories import list_of, stored
from tests.outbox.factories import make_mailing


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("One\nline *end*", "One\nline end"),
        ("# 聚会\n\ntext", "聚会\n====\n\ntext"),
        ("## Plan", "Plan\n----"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n\n  more\n- b", "- a\n\n  more\n- b"),
        ("> said\n>\n> twice", "> said\n> \n> twice"),
        ("[报名](https://example.org/x)", "报名 <https://example.org/x>"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("[events](/events)", "events <http://127.0.0.1:5000/events>"),
        ("[li@example.com](mailto:li@example.com)", "li@example.com"),
        ("![a picture](https://example.org/p.png)", "a picture"),
        ("a\n\n---\n\nb", "a\n\n--------------------\n\nb"),
        ("```\ncode {{name}}\n```", "code {{name}}"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("<script>x</script>", "<script>x</script>"),
        ("{{ 姓名 }}", "{{name}}"),
    ],
)
def test_plain_text(source: str, text: str) -> None:
    assert as_text(source) == text


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**{{ name }}**", "<p><strong>{{name}}</strong></p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("![x](https://example.org/p.png)", "<p></p>"),
    ],
)
def test_html(source: str, html: str) -> None:
    assert as_html(source).strip() == html


def test_a_link_of_our_own_is_whole() -> None:
    assert 'href="http://127.0.0.1:5000/events"' in as_html("[x](/events)")
    assert 'href="//evil.example' in as_html("[x](//evil.example)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {{name}} and\n你 {{phone}}", "“phone” (line 2, character 3)"),
        ("{{config}}", "“config” (line 1, character 1)"),
        ("{{7*7}}", "“7*7”"),
        ("{{name.__class__}}", "“name.__class__”"),
        ("{{name", "curly brackets (line 1, character 1)"),
        ("a }} b", "curly brackets (line 1, character 3)"),
        ("{{}}", "curly brackets"),
        ("[x](https://e.org/{{name}})", "address of a link (line 1, character 3)"),
    ],
)
def test_an_unknown_place_is_refused_where_it_stands(text: str, said: str) -> None:
    with speaking("en"), pytest.raises(Invalid) as raised:
        check(text, field="source_zh")

    assert said in str(raised.value)
    assert raised.value.field == "source_zh"


@pytest.mark.parametrize(
    "text", ["{{name}}{{ chapter }}", "{{姓名}} {{分会}}", "%(x)s ${x} {name}"]
)
def test_known_places_and_other_words(text: str) -> None:
    check(text, field="source_zh")


def test_the_hash_is_of_all_that_is_read() -> None:
    one, other = Written(subject="a", source="b"), Written(subject="a", source="B")
    hashes = {
        hash_of(1, None, [("zh", one)]),
        hash_of(2, None, [("zh", one)]),
        hash_of(1, "li@example.com", [("zh", one)]),
        hash_of(1, None, [("en", one)]),
        hash_of(1, None, [("zh", other)]),
        hash_of(1, None, [("zh", one), ("en", one)]),
    }

    assert len(hashes) == 6
    assert hash_of(1, None, [("zh", one), ("en", other)]) == hash_of(
        1, None, [("en", other), ("zh", one)]
    )


def test_each_reader_is_written_to_in_the_own_language() -> None:
    chapter = make_chapter(name_zh='小"城', name_en="Small Town")
    mailing = make_mailing(list_of(chapter), reply_to="leader@example.com")
    english = {"language": "en", "subject": "Party", "source": "Dear {{name}}"}
    saved(MailingVariant(mailing_id=mailing.id, **english))
    mailing = stored(mailing)

    zh, en = compiled(mailing, "zh"), compiled(mailing, "en")

    assert (zh.subject, en.subject) == ("聚会", "Party")
    assert zh.html.startswith("<!DOCTYPE html>")
    assert '<html lang="zh-CN">' in zh.html
    assert "亲爱的 {{name}}" in zh.html
    assert zh.text.startswith("亲爱的 {{name}}，你好。\n\n-- \n")
    assert "Small Town" in en.html
    assert zh.text.count("{{unsubscribe}}") == zh.html.count("{{unsubscribe}}") == 1
    assert zh.list_id == f'"小\'城" <{chapter.slug}.lists.localhost.localdomain>'
    assert en.from_name == "Small Town (via Alumni Association)"
    assert zh.reply_to == "leader@example.com"
    assert "available in" not in en.text


def test_the_other_language_has_a_line_above_it() -> None:
    mailing = stored(make_mailing(list_of(None)))

    en = compiled(mailing, "en")

    assert en.text.startswith("* This letter is available in Chinese only.\n\n亲爱的")
    assert "This letter is available in Chinese only." in en.html
    assert '<html lang="zh-CN">' in en.html
    assert en.from_name == "Alumni Association"


def test_words_are_filled_once() -> None:
    words = {"name": "{{chapter}}", "chapter": "x"}

    assert filled("{{name}} {{chapter}} {{other}}", words) == "{{chapter}} x "
