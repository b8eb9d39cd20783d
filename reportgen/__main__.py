"""Turn ``python -m reportgen`` into ``reportgen``."""

import signal
import sys


def main() -> int:
    """As ``cli.main``; Ctrl-C while it is still being imported ends the process without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reportgen import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
