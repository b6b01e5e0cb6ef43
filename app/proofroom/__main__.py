"""The one way in: opens the app, runs a command, or becomes the engine or another child."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Do what the arguments say; a package or library that is missing is named in one line."""
    try:
        _main()
    except ImportError as error:
        missing = error.name or "a package"
        sys.exit(
            f"proofroom: {missing} cannot be loaded ({error}). Install Proofroom again; on Linux "
            "packaging/run also installs the system libraries that Qt needs."
        )


def _main() -> None:
    """Tell children apart before anything heavy is imported."""
    match sys.argv[1:]:
        case ["--child", "engine"]:
            from proofroom.engine import wire  # noqa: PLC0415 - a start imports what it needs

            out = wire.taken_over()
            from proofroom.engine import host  # noqa: PLC0415 - may print, so only now

            host.child_main(out)
        case ["--child", "renderer"]:
            from proofroom.engine import render_child  # noqa: PLC0415

            render_child.child_main()
        case ["--child", "model-server"]:
            from proofroom.providers import local_child  # noqa: PLC0415

            local_child.child_main()
        case ["--self-check"]:
            from proofroom.ui import app  # noqa: PLC0415

            sys.exit(app.self_check())
        case [] | ["--sample"] | ["--workspace", _] if "_PROOFROOM_COMPLETE" not in os.environ:
            sys.exit(_opened(sys.argv[1:]))
        case [one] if one.endswith(".proofspace") and not one.startswith("-"):  # a double click
            sys.exit(_opened(["--workspace", one]))
        case [one] if one.startswith("--workspace="):
            sys.exit(_opened(one.split("=", 1)))
        case _:
            # while it starts Ctrl+C ends it without a word; `cli.run` listens for itself
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            from proofroom.cli import main as cli  # noqa: PLC0415

            cli.run()


def _opened(arguments: list[str]) -> int:
    """Open the app on the workspace that the arguments name and return its exit code."""
    from proofroom.ui import app  # noqa: PLC0415
    from proofroom.workspace import sample  # noqa: PLC0415

    if arguments == ["--sample"]:
        return app.run_app(sample.sample_path())
    named = arguments[1] if arguments else os.environ.get("PROOFROOM_WORKSPACE")
    return app.run_app(Path(named) if named else None)


if __name__ == "__main__":
    main()
