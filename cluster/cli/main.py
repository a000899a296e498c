"""``design-agent``: the command line, a thin client of the HTTP API."""

import sys

import typer

from cluster.cli import backup, bulk, dlq, doctor, generate, keys, pool, render, service, status, sweep, usage
from cluster.cli.console import complain
from storage.errors import DesignAgentError

USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="design-agent", help="One sentence in, one finished, layered, editable poster out.",
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
app.command("generate")(generate.generate)
app.command("bulk")(bulk.bulk_command)
app.command("render")(render.render_command)
app.command("up")(service.up_command)
app.command("down")(service.down_command)
app.command("status")(status.status_command)
app.command("doctor")(doctor.doctor_command)
app.command("sweep")(sweep.sweep_command)
app.command("usage")(usage.usage_command)
app.command("backup")(backup.backup_command)
app.command("restore")(backup.restore_command)
app.add_typer(keys.keys_app, name="keys")
app.add_typer(dlq.dlq_app, name="dlq")
app.add_typer(pool.pool_app, name="pool")


def main() -> None:
    """Run the command line; every failure is one sentence and a code on stderr."""
    try:
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except typer.TyperException as error:
        # The parser's own errors name the option; the public base class does not say so.
        sentence = getattr(error, "format_message", error.__str__)()
        complain(f"{sentence} See design-agent --help.", "USAGE")
        sys.exit(USAGE)
    except DesignAgentError as error:
        complain(error.message, error.code)
        sys.exit(1)
    except OSError as error:
        complain(f"{error.strerror or error}: {error.filename or ''}", "IO_ERROR")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
