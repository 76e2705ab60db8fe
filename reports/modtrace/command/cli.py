"""The command tree. Each command's machinery is imported when it runs."""

import os
import sys

import click

from modtrace.command import exits
from modtrace.record.version import VERSION

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_HELP)
@click.version_option(VERSION, "--version", "-V", message="modtrace %(version)s")
def cli() -> None:
    """Reproduces what the go command does on the network to fetch a module, and says which layer failed."""


@cli.command()
@click.argument("module_at_version", metavar="MODULE@VERSION")
@click.option("-o", "--output", metavar="DIR", envvar="MODTRACE_OUTPUT", help="The bundle directory to make.")
@click.option("--json", "as_json", is_flag=True, envvar="MODTRACE_JSON", help="The summary as JSON on standard output.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    envvar="MODTRACE_TIMEOUT",
    help="End the whole run after S seconds.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    default=30.0,
    show_default=True,
    envvar="MODTRACE_PATIENCE",
    help="Idle limit of the phases that go leaves unbounded.",
)
@click.option("--goproxy", metavar="LIST", envvar="MODTRACE_GOPROXY", help="Instead of the GOPROXY in force.")
@click.option("--gosumdb", metavar="V", envvar="MODTRACE_GOSUMDB", help="Instead of the GOSUMDB in force.")
@click.option(
    "--capture",
    type=click.Choice(["auto", "packets", "socket", "off"]),
    default="auto",
    show_default=True,
    envvar="MODTRACE_CAPTURE",
    help="Packets beside the trace (this release records none).",
)
@click.option(
    "--probe",
    type=click.Choice(["auto", "off"]),
    default="auto",
    show_default=True,
    envvar="MODTRACE_PROBE",
    help="Follow-up experiments while a proxy or what is behind it stays silent.",
)
@click.option("--vantage", metavar="NAME", default="", envvar="MODTRACE_VANTAGE", help="A name for this network.")
@click.option(
    "--accept",
    metavar="CAUSE",
    multiple=True,
    envvar="MODTRACE_ACCEPT",
    help="A known finding that may pass with exit 0 (repeatable).",
)
@click.option(
    "--header",
    metavar="'Name: value'",
    multiple=True,
    envvar="MODTRACE_HEADER",
    help="Sent with GOPROXY requests only (repeatable). Short plain values stay readable in the trace.",
)
@click.option(
    "--via",
    metavar="URL",
    multiple=True,
    envvar="MODTRACE_VIA",
    help="A proxy to go through instead of the environment's; repeat it for a chain, nearest first.",
)
@click.option("--keep-keys", is_flag=True, envvar="MODTRACE_KEEP_KEYS", help="TLS secrets into the bundle.")
@click.option("--force", is_flag=True, envvar="MODTRACE_FORCE", help="Write over an old trace.")
@click.option("--no-color", is_flag=True, envvar="MODTRACE_NO_COLOR", help="No colours (NO_COLOR works too).")
@click.option("-q", "--quiet", is_flag=True, envvar="MODTRACE_QUIET", help="No progress, no hints.")
@click.option("-v", "--verbose", count=True, help="More detail on standard error.")
def fetch(**options: object) -> None:
    """Fetch MODULE@VERSION as `go mod download` would, phase by phase, and end with a verdict."""
    from modtrace.command.fetch import run_fetch
    from modtrace.command.options import FetchOptions

    sys.exit(run_fetch(FetchOptions.from_command_line(options)))


@cli.command()
@click.argument("trace", metavar="TRACE")
@click.option("--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Instead of standard output.")
def report(trace: str, format_name: str, output: str | None) -> None:
    """Render a saved trace again."""
    from modtrace.command.report import run_report

    sys.exit(run_report(trace, format_name, output))


@cli.command()
@click.argument("trace", metavar="TRACE")
def diagnose(trace: str) -> None:
    """Run the rules again over an old trace, and print verdict and findings."""
    from modtrace.command.report import run_report

    sys.exit(run_report(trace, "table", None))


def run() -> int:
    """Run the command line; returns the contract's exit code, its own errors said in one line each."""
    try:
        cli.main(standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else exits.OK
    except click.exceptions.NoArgsIsHelpError as exc:
        click.echo(exc.format_message(), err=True)
        return exits.UNUSABLE_INPUT
    except click.ClickException as exc:
        click.echo(f"modtrace: {exc.format_message()}", err=True)
        return exits.UNUSABLE_INPUT
    except (click.Abort, KeyboardInterrupt):
        return exits.BY_SIGNAL["SIGINT"]
    except BrokenPipeError:
        # The reader of our report went away (``| head``): nothing is wrong, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.OK
