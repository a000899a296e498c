"""Failures of several runs, told once more at the end: `python -m tests.failures REPORT.xml…` (pytest's --junitxml)."""

import sys
from pathlib import Path
from xml.etree import ElementTree  # reads what pytest just wrote, nobody else's XML

ROOM = 8_000  # characters for all failures together: a log of which only the end is kept has them


def failures(reports: list[Path]) -> list[tuple[str, str]]:
    """Each failed test's name and what pytest said of it."""
    return [
        (f"{outcome.tag}: {case.get('classname')}::{case.get('name')}", (outcome.text or "").strip())
        for report in reports
        for case in ElementTree.parse(report).iter("testcase")
        for outcome in case
        if outcome.tag in ("failure", "error")
    ]


def main(reports: list[Path]) -> None:
    failed = failures(reports)
    for name, text in failed:
        sys.stdout.write(f"\n==== {name}\n{text[-(ROOM // len(failed)) :]}\n")
    sys.stdout.write(f"\n{len(failed)} failures and errors in {len(reports)} runs\n")


if __name__ == "__main__":
    main([Path(report) for report in sys.argv[1:]])
