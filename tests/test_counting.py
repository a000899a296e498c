"""The run fails when anything was skipped or expected to fail."""

import pytest

from tests.counting import NothingIsSkipped

PASSES = "def test_passes():\n    pass\n"


def status(pytester: pytest.Pytester, source: str) -> tuple[int, list[str]]:
    """Exit status of a run of this module, and what was not tried."""
    pytester.makepyfile(source)
    counting = NothingIsSkipped()
    return int(pytester.inline_run(plugins=[counting]).ret), counting.untried


def test_run_without_skips_passes(pytester: pytest.Pytester) -> None:
    assert status(pytester, PASSES) == (0, [])


@pytest.mark.parametrize(
    "untried",
    [
        "import pytest\n@pytest.mark.skip(reason='later')\ndef test_it():\n    pass\n",
        "import pytest\n@pytest.mark.skipif(True, reason='not here')\ndef test_it():\n    pass\n",
        "import pytest\ndef test_it():\n    pytest.skip('not now')\n",
        "import pytest\n@pytest.fixture\ndef no():\n    pytest.skip('x')\ndef test_it(no):\n    pass\n",
        "import pytest\n@pytest.mark.xfail\ndef test_it():\n    assert False\n",
        "import pytest\n@pytest.mark.xfail\ndef test_it():\n    pass\n",
        "import pytest\npytest.importorskip('no_such_module')\ndef test_it():\n    pass\n",
    ],
)
def test_run_in_which_something_was_not_tried_fails(pytester: pytest.Pytester, untried: str) -> None:
    pytester.makepyfile(test_good=PASSES)
    ended, named = status(pytester, untried)
    assert (ended, len(named)) == (1, 1)


def test_this_run_counts(pytestconfig: pytest.Config) -> None:
    assert any(isinstance(plugin, NothingIsSkipped) for plugin in pytestconfig.pluginmanager.get_plugins())
