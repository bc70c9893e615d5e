"""``alumni``, and ``python -m alumni``."""

import gc


def main() -> None:
    """Run the command. Nothing that is imported is ever garbage: to look for it among all that

    would cost a quarter of the start.
    """
    gc.disable()
    from alumni.cli import main as command  # noqa: PLC0415 - see above

    gc.freeze()
    gc.enable()
    command()


if __name__ == "__main__":
    main()
