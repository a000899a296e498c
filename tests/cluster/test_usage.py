"""What the command line says to a command it cannot take: one sentence, no traceback."""

import sys

import pytest

from cluster.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["generate", "--nope"], 2, "--nope"),
        (["generate", "x", "--priority", "abc"], 2, "--priority"),
        (["frob"], 2, "frob"),
        ([], 2, "command"),
        (["generate"], 1, "prompt"),
        (["up", "--data", "/dev/null/x"], 1, "/dev/null/x"),
        (["up", "--port", "0"], 2, "--port"),
    ],
)
def test_a_command_it_cannot_take(
    arguments: list[str], status: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["design-agent", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == status
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
