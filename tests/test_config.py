"""Settings: read from the environment, and refused where they are weak."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alumni.config import Settings, SettingsError, kept_secret, trusted_hosts

STRONG = "0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.pure


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("ALUMNI_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("ALUMNI_SECRET_KEY", "12345678")
    monkeypatch.setenv("ALUMNI_TRUSTED_PROXIES", "2")

    assert Settings.from_environment() == Settings(secret_key="12345678", trusted_proxies=2)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("ALUMNI_SECRET_KEI", "x", "there is no setting ALUMNI_SECRET_KEI"),
        ("ALUMNI_TRUSTED_PROXIES", "two", "ALUMNI_TRUSTED_PROXIES is a number"),
    ],
)
def test_a_setting_that_is_not_understood_is_said(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match=said):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(secret_key=STRONG), "ALUMNI_BASE_URL"),
        (Settings(base_url="alumni.example.edu", secret_key=STRONG), "ALUMNI_BASE_URL"),
        (Settings(base_url="https://alumni.example.edu"), "ALUMNI_SECRET_KEY"),
        (Settings(base_url="https://alumni.example.edu", secret_key="secret"), "ALUMNI_SECRET_KEY"),
        (Settings(base_url="https://alumni.example.edu", secret_key="a" * 40), "ALUMNI_SECRET_KEY"),
    ],
)
def test_production_refuses_what_is_weak(settings: Settings, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings.check_production()


def test_production_takes_what_is_strong() -> None:
    Settings(base_url="https://alumni.example.edu", secret_key=STRONG).check_production()


def test_secrets_do_not_stand_in_logs() -> None:
    told = repr(Settings(secret_key=STRONG, smtp_url="smtp://user:password@host"))
    assert STRONG not in told
    assert "password" not in told


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_secret(path), range(8)))

    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_addresses_begin_with_the_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(base_url="https://alumni.example.edu/").address == "https://alumni.example.edu"
    monkeypatch.setenv("PORT", "8080")
    assert Settings().address == "http://127.0.0.1:8080"
    assert Settings().is_here
    assert not Settings(base_url="https://alumni.example.edu").is_here


def test_letters_come_from_the_domain() -> None:
    base = "https://alumni.example.edu"
    assert Settings(base_url=base).sender_domain == "alumni.example.edu"
    assert (
        Settings(base_url=base, mail_domain="mail.example.edu").sender_domain == "mail.example.edu"
    )
    assert Settings().sender_domain == "localhost.localdomain"


def test_cookies_travel_only_encrypted_where_pages_do(tmp_path: Path) -> None:
    encrypted = Settings(base_url="https://a.example.edu", instance=str(tmp_path)).for_flask()
    plain = Settings(instance=str(tmp_path)).for_flask()
    assert (encrypted["SESSION_COOKIE_SECURE"], plain["SESSION_COOKIE_SECURE"]) == (True, False)


def test_only_our_names_are_answered() -> None:
    assert trusted_hosts("a.example.edu:8080") == ["a.example.edu:8080", "127.0.0.1", "localhost"]
