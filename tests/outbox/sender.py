"""A worker that only sends, in a process of its own, to be killed."""

import sys

from alumni.app import create_app
from alumni.config import Settings
from alumni.outbox.jobs import send_due
from alumni.outbox.transport import transport_for

if __name__ == "__main__":
    database, smtp, name, folder = sys.argv[1:]
    settings = Settings(database_url=database, instance=folder, secret_key="only for a test " * 3)
    with create_app(settings).app_context(), transport_for(smtp, settings.folder) as transport:
        while send_due(transport, worker=name):
            pass
