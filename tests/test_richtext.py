"""What people write in Markdown does no harm."""

import pytest

from alumni.richtext import rendered

REL = "noopener noreferrer nofollow"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**粗** and *soft*", "<p><strong>粗</strong> and <em>soft</em></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("# Programme", "<h3>Programme</h3>\n"),
        ("###### Small", "<h6>Small</h6>\n"),
        (
            "[a](https://example.org/?a=1&b=2)",
            '<p><a href="https://example.org/?a=1&amp;b=2" rel="' + REL + '">a</a></p>\n',
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("![a](https://example.org/seen.gif)", "<p></p>\n"),
        ("", ""),
    ],
)
def test_rendered(source: str, html: str) -> None:
    assert rendered(source) == html
