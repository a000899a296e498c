"""``design-agent``: the command line, a thin client of the HTTP API."""

import sys

import click
import typer

from cluster.cli import doctor, generate, keys, service
from cluster.cli.console import complain
from storage.errors import DesignAgentError

INTERRUPTED = 130

app = typer.Typer(
    name="design-agent", help="One sentence in, one finished, layered, editable poster out.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
app.command("generate")(generate.generate)
app.command("up")(service.up_command)
app.command("down")(service.down_command)
app.command("status")(service.status_command)
app.command("doctor")(doctor.doctor_command)
app.add_typer(keys.keys_app, name="keys")


def main() -> None:
    """Run the command line; every failure is one sentence and a code on stderr."""
    try:
        code = app(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        complain(error.format_message(), "USAGE")
        sys.exit(error.exit_code)
    except DesignAgentError as error:
        complain(error.message, error.code)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
