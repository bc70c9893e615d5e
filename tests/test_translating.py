"""The catalogue has what the sources say, and nothing else."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from alumni import translating
from alumni.i18n import CATALOGUES
from alumni.translating import extracted, gaps

pytestmark = [pytest.mark.once, pytest.mark.pure]


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return extracted()


@pytest.fixture(autouse=True)
def _read_once(texts: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sources stay as they are meanwhile, and to read them all takes seconds."""
    monkeypatch.setattr(translating, "extracted", lambda: texts)


def test_every_text_stands_in_both_languages() -> None:
    assert list(gaps("zh")) == []


def test_a_gap_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = (CATALOGUES / "zh" / "LC_MESSAGES" / "messages.po").read_text()
    spoilt = source.replace('msgid "Sign in"\n', 'msgid "Sign inn"\n')
    (folder / "messages.po").write_text(spoilt.replace('msgstr "登录"', 'msgstr ""', 1))
    monkeypatch.setattr(translating, "CATALOGUES", tmp_path)

    found = list(gaps("zh"))

    assert "missing: 'Sign in'" in found
    assert "not used any more: 'Sign inn'" in found


def test_texts_of_all_rooms_are_found(texts: Catalog) -> None:
    found = {message.id for message in texts}
    assert {"Sign in", "There is no such page.", "Set your password"} <= found
