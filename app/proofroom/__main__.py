"""The one way in: opens the app, runs a command, or becomes the engine or another child."""

from __future__ import annotations

import sys


def main() -> None:
    """Do what the arguments say; children are told apart before anything heavy is imported."""
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
        case _:
            from proofroom.cli import main as cli  # noqa: PLC0415

            cli.run()


if __name__ == "__main__":
    main()
