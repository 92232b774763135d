"""Platforms as fixtures.  They end with each module, so that no event loop of the browser's is left to other tests.

Node and Chromium are required.  Firefox is one platform more where ``FIREFOX=1`` asks for it.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import platforms


@pytest.fixture(scope="module")
def node() -> Iterator[platforms.Platform]:
    """Node."""
    try:
        made = platforms.Node()
    except platforms.Missing as missing:
        pytest.fail(str(missing))
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    try:
        with platforms.chromium() as made:
            yield made
    except platforms.Missing as missing:
        pytest.fail(str(missing))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the modules are served."""
    with platforms.serving() as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Browser, origin: str) -> Page:
    """An empty page beside the modules."""
    opened = browser.new_page()
    opened.goto(origin)
    return opened


@pytest.fixture(scope="module")
def in_page(page: Page) -> platforms.Platform:
    """Jobs in that page."""
    return platforms.InPage(page)


@pytest.fixture(scope="module")
def firefox() -> Iterator[platforms.Platform]:
    """Jobs in Firefox."""
    with platforms.firefox() as made:
        yield made


@pytest.fixture(scope="module", params=["node", "in_page", *(["firefox"] if platforms.wants_firefox() else [])])
def platform(request: pytest.FixtureRequest) -> platforms.Platform:
    """Node, Chromium and perhaps Firefox in turn."""
    made: platforms.Platform = request.getfixturevalue(request.param)
    return made
