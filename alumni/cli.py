"""The ``alumni`` command."""

import ctypes
import gc
import os
import signal
import subprocess
import sys
from importlib import import_module
from typing import Any, ClassVar, cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo, with_appcontext

from alumni import work as working
from alumni.app import configure_logs, create_app, jobs, start
from alumni.config import THIS_MACHINE, Settings, SettingsError
from alumni.links import bring_pages
from alumni.migrations.schema import SchemaError


def _create() -> Flask:
    try:
        return create_app(pages=False)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


class Program(AppGroup):
    """All commands. What is called ``module:name`` here is loaded by who calls it: a worker and an

    import of a hundred thousand rows need not hold the code of the others, nor those commands that
    libraries would add.
    """

    OTHERS: ClassVar[dict[str, str]] = {
        "accounts": "alumni.accounts.cli:accounts",
        "audit": "alumni.audit.cli:audit",
        "db": "alumni.migrations.cli:database",
        "demo": "alumni.demonstration.cli:demo",
        "i18n": "alumni.translating:translations",
        "people": "alumni.audiences.cli:people",
        "roster": "alumni.roster.cli:roster",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.OTHERS})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.OTHERS:
            return super().get_command(ctx, name)
        module, _, command = self.OTHERS[name].partition(":")
        return cast("click.Command", getattr(import_module(module), command))


@click.group(cls=Program)
@click.version_option(package_name="alumni")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Alumni: the membership manager of an alumni association."""
    ctx.obj = ScriptInfo(create_app=_create)
    configure_logs()


@main.command("run")
@with_appcontext
def run() -> None:
    """Serve and send, in one process tree, for one machine."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    app = _application()
    if host not in THIS_MACHINE:
        _insist_on_production(app)
    _start(app)
    bring_pages(app)
    gc.freeze()  # nor is anything of them ever garbage
    _spare_memory()
    server = _listening(app, host, port)
    worker = _worker(port)
    click.echo(f"Alumni is at http://{host}:{port} — Ctrl-C stops it.")
    try:
        _serve(server)
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=30)
        except subprocess.TimeoutExpired:
            worker.kill()
    click.echo("Stopped.")


@main.command("serve")
@click.option("--processes", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=4, show_default=True, help="Threads of each.")
@with_appcontext
def serve(processes: int, threads: int) -> None:
    """Serve in production, behind a proxy. The worker is `alumni work`."""
    app = _application()
    _insist_on_production(app)
    _start(app)
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "5000")
    os.execv(  # noqa: S606 - ourselves
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--no-control-socket",
            f"--bind={host}:{port}",
            f"--workers={processes}",
            f"--threads={threads}",
            "--worker-class=gthread",
            "--graceful-timeout=30",
            "--keep-alive=15",
            "alumni.wsgi:app",
        ],
    )


@main.command("work")
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@with_appcontext
def work(*, once: bool) -> None:
    """Send letters and do all that nobody waits for, until told to stop."""
    app = _application()
    stop = working.stopping()
    if not once:
        working.follow(os.getppid(), stop)
    working.work(app, jobs(app), once=once, stop=stop)


def _application() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001


def _start(app: Flask) -> None:
    try:
        start(app)
    except SchemaError as error:
        raise click.ClickException(str(error)) from error


def _insist_on_production(app: Flask) -> None:
    settings: Settings = app.config["ALUMNI"]
    try:
        settings.check_production()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _spare_memory() -> None:
    """Let the threads share two heaps. By itself glibc gives each its own and keeps them all."""
    arenas, glibc = -8, ctypes.CDLL(None)
    if hasattr(glibc, "mallopt"):
        glibc.mallopt(arenas, 2)


def _listening(app: Flask, host: str, port: int) -> Any:
    """A server that has its port. Before the worker begins: a taken port ends it all at once."""
    import waitress  # noqa: PLC0415 - only a process that serves pays for it

    try:
        return waitress.create_server(
            app,
            host=host,
            port=port,
            threads=8,
            ident="",
            # What a proxy says of who asks is the program's to believe or not, by its setting.
            clear_untrusted_proxy_headers=not app.config["ALUMNI"].trusted_proxies,
        )
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} cannot be listened at ({error.strerror}); set PORT to another"
        ) from error


def _worker(port: int) -> "subprocess.Popen[bytes]":
    """The worker as a child. While it is still being loaded, Ctrl-C is our business alone."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "alumni", "work"], env=os.environ | {"PORT": str(port)}
        )
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(server: Any) -> None:
    """Serve until asked to stop, by Ctrl-C or by SIGTERM alike."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        server.run()
    finally:
        server.close()
