"""What tests of imports need beside the program itself."""

from tests.journeys.conftest import installed

__all__ = ["installed"]
