"""What a production server loads."""

from alumni.app import configure_logs, create_app

configure_logs()
app = create_app()
