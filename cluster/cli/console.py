"""What the commands print: results to stdout, everything else to stderr, user text never as markup."""

from rich.console import Console

out = Console(markup=False, highlight=False, soft_wrap=True)
err = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A line about what happens."""
    err.print(text)


def complain(message: str, code: str) -> None:
    """One sentence and its stable code."""
    err.print(f"error: {message} [{code}]", style="red")
