"""A real browser for tests: Chromium without a window, and everything that it complained about."""

import base64
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_core_python
import requests
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from stack.polling import eventually

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(
  (found) => done(found.violations.map((rule) =>
    `${rule.id} (${rule.impact}): ${rule.help}\\n` +
    rule.nodes.slice(0, 5).map((node) => `    ${node.target}: ${node.any.map((each) => each.message).join("; ")}`)
      .join("\\n"))),
  (fault) => done([String(fault)]));
"""


class Browser:
    """One Chromium for a whole run; `fresh` gives it back to the next test as new."""

    def __init__(self) -> None:
        self.downloads = Path(tempfile.mkdtemp(prefix="fillgate-downloads-"))
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-search-engine-choice-screen",
            "--no-first-run",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--lang=en-GB",
        ):
            options.add_argument(argument)
        options.add_experimental_option(
            "prefs",
            {
                "download.default_directory": str(self.downloads),
                "credentials_enable_service": False,
                "profile.password_manager_leak_detection": False,
            },
        )
        # A page that asks whether to leave it is left.
        options.set_capability("unhandledPromptBehavior", "accept")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)
        self.origin = ""
        self._tolerated: list[str] = []
        self.fresh("")

    def close(self) -> None:
        self.driver.quit()
        shutil.rmtree(self.downloads, ignore_errors=True)

    # Between tests.

    def fresh(self, origin: str) -> None:
        """Forgets cookies, windows, downloads and complaints; pages of `origin` are what is tested now."""
        driver = self.driver
        for handle in driver.window_handles[1:]:
            driver.switch_to.window(handle)
            driver.close()
        driver.switch_to.window(driver.window_handles[0])
        self.cdp("Network.enable")
        driver.get("about:blank")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Network.clearBrowserCache")
        if self.origin:
            self.cdp("Storage.clearDataForOrigin", origin=self.origin, storageTypes="all")
        self.throttle(None)
        self.size(1280, 800)
        self.scheme("light")
        for file in self.downloads.iterdir():
            file.unlink()
        self._logs()
        self.origin = origin
        self._tolerated = []

    def tolerate(self, *words: str) -> None:
        """Complaints of the browser with one of `words` in them are what this test is about."""
        self._tolerated += words

    def complaints(self) -> list[str]:
        """What went wrong in the pages since the last call: errors and warnings of scripts, reports of the content
        security policy, and requests that left the origin. Refusals of the API are no fault of a page's."""
        console, requests = self._logs()
        found = []
        for line in console:
            if line["level"] not in ("SEVERE", "WARNING"):
                continue
            if "the server responded with a status of" in line["message"]:
                continue
            found.append(f"{line['source']} {line['level']}: {line['message']}")
        for address in requests:
            parts = urlsplit(address)
            if parts.scheme in ("about", "blob", "data", "chrome", "chrome-error"):
                continue
            if f"{parts.scheme}://{parts.netloc}" != self.origin:
                found.append(f"a request left the gateway: {address}")
        return [line for line in found if not any(word in line for word in self._tolerated)]

    def _logs(self) -> tuple[list[dict[str, Any]], list[str]]:
        console = self.driver.get_log("browser")
        addresses = []
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                addresses.append(message["params"]["request"]["url"])
        return console, addresses

    # What the reader's side is like.

    def cdp(self, command: str, **parameters: Any) -> dict[str, Any]:
        return self.driver.execute_cdp_cmd(command, parameters)

    def size(self, width: int, height: int) -> None:
        """In CSS pixels; a narrow one is a phone."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def scheme(self, name: str) -> None:
        """`light` or `dark`; without motion, so that a page stands still when it is looked at."""
        features = [
            {"name": "prefers-color-scheme", "value": name},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def throttle(self, bytes_per_second: int | None, latency_ms: int = 0) -> None:
        """A slow network, or none again for None."""
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=latency_ms,
            downloadThroughput=bytes_per_second or -1,
            uploadThroughput=bytes_per_second or -1,
        )

    # Pages.

    def open(self, path: str) -> None:
        self.driver.get(self.origin + path)

    @property
    def path(self) -> str:
        """Path and query of the page."""
        parts = urlsplit(self.driver.current_url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def log_in(self, email: str, password: str, path: str = "/login") -> None:
        """By the form, as people do; `path` may be any page that asks for it."""
        self.open(path)
        self.find("[name=username]").send_keys(email)
        self.find("[name=password]").send_keys(password)
        self.find("form button[type=submit], form button:not([type])").click()
        self.until("somebody is logged in", lambda: not self.path.startswith("/login"))

    def sign_in(self, email: str, password: str) -> None:
        """Without the form, for tests that are about what comes after it."""
        answer = requests.post(
            f"{self.origin}/login",
            data={"username": email, "password": password},
            headers={"Origin": self.origin},
            allow_redirects=False,
            timeout=30,
        )
        assert answer.cookies, f"nobody is logged in: {answer.status_code}"
        for cookie in answer.cookies:
            self.cdp("Network.setCookie", name=cookie.name, value=cookie.value, url=self.origin, httpOnly=True)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector: str, text: str = "", within: float = 15.0) -> WebElement:
        """The first visible element of that selector, with `text` in it, once there is one."""

        def seek() -> WebElement | None:
            for element in self.all(selector):
                if element.is_displayed() and text in (element.text or ""):
                    return element
            return None

        return self.until(f"{selector} with {text!r} is shown", seek, within)

    def click(self, selector: str, text: str = "") -> None:
        self.find(selector, text).click()

    def text(self, selector: str = "main") -> str:
        return self.find(selector).text

    def until(self, what: str, probe: Callable[[], Any], within: float = 15.0) -> Any:
        """Waits for `probe`; an element that a page has just replaced counts as not yet."""

        def patient() -> Any:
            try:
                return probe()
            except WebDriverException as fault:
                raise LookupError(str(fault)) from fault

        try:
            return eventually(what, patient, within, every=0.05)
        except AssertionError as fault:
            raise AssertionError(f"{fault}; the page is {self.path}: {self._shown()}") from fault

    def _shown(self) -> str:
        try:
            return self.driver.find_element(By.TAG_NAME, "main").text[:1500]
        except WebDriverException:
            return "(nothing)"

    def script(self, source: str, *arguments: Any) -> Any:
        return self.driver.execute_script(source, *arguments)

    def violations(self) -> list[str]:
        """What axe-core finds against the page as it is shown, one rule an entry."""
        self.script(AXE)
        return self.driver.execute_async_script(AXE_RUN)

    def downloaded(self, ending: str, within: float = 15.0) -> Path:
        """The file with that ending that has arrived whole."""

        def arrived() -> Path | None:
            files = list(self.downloads.iterdir())
            if any(file.suffix == ".crdownload" for file in files):
                return None
            return next((file for file in files if file.name.endswith(ending) and file.stat().st_size), None)

        return eventually(f"a file {ending} is downloaded", arrived, within)

    def picture(self, file: Path, whole: bool = False) -> None:
        """A screenshot of the window, or of the whole page however long it is."""
        if not whole:
            self.driver.save_screenshot(str(file))
            return
        taken = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        file.write_bytes(base64.b64decode(taken["data"]))
