"""Settings: one frozen dataclass, read from the environment once, at the start."""

import os
import secrets
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1", ""})
WEAKEST_KEY = 32


class SettingsError(Exception):
    """The program cannot start with these settings. The text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = ""
    """SQLAlchemy address of the database. Empty: ``alumni.sqlite`` in the instance folder."""

    secret_key: str = field(default="", repr=False)
    """Signs cookies. Empty: made at the first start, kept in ``secret_key`` in that folder."""

    base_url: str = ""
    """Where people reach the program: ``https://alumni.example.edu``. Needed in production."""

    smtp_url: str = field(default="", repr=False)
    """Where letters go: ``smtp://user:password@host:587``. Empty: to ``outbox/`` as files."""

    instance: str = ""
    """The folder of this installation. Empty: ``instance/`` beside the program."""

    time_zone: str = "Asia/Shanghai"
    """The association's zone: terms and deadlines begin and end in it."""

    mail_domain: str = ""
    """What letters are sent from. Empty: the host of the base URL."""

    trusted_proxies: int = 0
    """How many proxies in front of the program may say who is asking."""

    font_dir: str = ""
    """A folder of fonts for PDFs that comes before the packaged ones."""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read ``ALUMNI_…``. Raise SettingsError for one that is not understood."""
        known = {f"ALUMNI_{field.name.upper()}": field for field in fields(cls)}
        unknown = {key for key in os.environ if key.startswith("ALUMNI_")} - set(known)
        if unknown:
            raise SettingsError(f"there is no setting {', '.join(sorted(unknown))}")
        values: dict[str, Any] = {
            field.name: os.environ[key] for key, field in known.items() if key in os.environ
        }
        if "trusted_proxies" in values:
            try:
                values["trusted_proxies"] = int(values["trusted_proxies"])
            except ValueError as error:
                raise SettingsError("ALUMNI_TRUSTED_PROXIES is a number") from error
        return cls(**values)

    @property
    def folder(self) -> Path:
        return Path(self.instance).resolve() if self.instance else ROOT / "instance"

    @property
    def address(self) -> str:
        """The base URL without a slash at its end; this machine's where none is set."""
        return self.base_url.rstrip("/") or f"http://127.0.0.1:{os.environ.get('PORT', '5000')}"

    @property
    def is_here(self) -> bool:
        """Whether the program serves this machine only."""
        return (urlsplit(self.address).hostname or "") in THIS_MACHINE

    @property
    def sender_domain(self) -> str:
        host = self.mail_domain or urlsplit(self.address).hostname or "localhost"
        return "localhost.localdomain" if host in THIS_MACHINE else host

    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'alumni.sqlite'}"

    def check_production(self) -> None:
        """Raise SettingsError unless the program may meet the world with these settings."""
        if not self.base_url.startswith(("https://", "http://")):
            raise SettingsError(
                "set ALUMNI_BASE_URL to the address people use, such as https://alumni.example.edu"
            )
        if len(self.secret_key) < WEAKEST_KEY or len(set(self.secret_key)) < WEAKEST_KEY // 4:
            raise SettingsError(
                "set ALUMNI_SECRET_KEY to at least 32 random characters; for instance:"
                " python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )

    def for_flask(self) -> dict[str, Any]:
        """What Flask and its extensions are told. Makes the instance folder and the key."""
        self.folder.mkdir(parents=True, exist_ok=True)
        base = urlsplit(self.address)
        return {
            "SECRET_KEY": self.secret_key or kept_secret(self.folder / "secret_key"),
            "SQLALCHEMY_DATABASE_URI": self.database(),
            "SESSION_COOKIE_NAME": "alumni",
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SECURE": base.scheme == "https",
            # Sent when it changes. It outlives every session by a day: those end in our table.
            "SESSION_REFRESH_EACH_REQUEST": False,
            "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
            "PREFERRED_URL_SCHEME": base.scheme,
            "TRUSTED_HOSTS": trusted_hosts(base.netloc),
            "MAX_CONTENT_LENGTH": 20 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "MAX_FORM_PARTS": 2000,
            "WTF_CSRF_CHECK_DEFAULT": False,
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "en",
            "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
        }


def trusted_hosts(netloc: str) -> list[str]:
    """The names under which the program answers, beside those of this machine."""
    host = netloc.rsplit("@", 1)[-1]
    return [host, "127.0.0.1", "localhost"] if host else ["127.0.0.1", "localhost"]


def kept_secret(path: Path) -> str:
    """Return the key kept in the file, made now if there is none. Only its owner may read it.

    Two that start at once agree: the file is made under another name and linked, and the link
    that comes second fails.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
