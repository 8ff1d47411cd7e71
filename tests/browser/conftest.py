"""What all tests in a browser have in common."""

from playwright.async_api import expect

from demo.browser import PATIENCE

expect.set_options(timeout=PATIENCE)  # as long as actions wait: the machine has other steps to run
