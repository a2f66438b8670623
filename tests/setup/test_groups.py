"""Side by side, the tests of a file stay in one worker: what a module starts, it starts once."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only where tests run side by side")
def test_the_tests_of_a_file_stay_together(request):
    assert request.node.nodeid.endswith(f"@{request.path.name}"), "pytest-xdist does not group by file with this pytest"
