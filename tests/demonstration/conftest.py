"""One demonstration for all tests that only look at it."""

from collections.abc import Iterator

import pytest

from alumni.db import db
from tests.demonstration.made import NUMBER, Made, installed, run


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    app = installed(tmp_path_factory.mktemp("demonstration"))
    status, output = run(app, f"--people={NUMBER}", "--seed=7")
    assert status == 0, output
    yield Made(app, output)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def there(made: Made) -> Iterator[Made]:
    """Inside the demonstration: what is asked of the database is asked of it."""
    with made.app.app_context():
        yield made
        db.session.rollback()
