"""A real browser that is watched: what it complains of, what it asks for, and from whom."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("playwright") is None:
    pytest.skip("could not import 'playwright'", allow_module_level=True)

AXE = (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
SIZES = {"telefone": (360, 740), "mesa": (1280, 800)}
THEMES = ("light", "dark")
PATIENCE_MS = 60_000

_WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
_SHIFT = """
() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(shift), 50)));
})
"""


_PAINT = """
() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})
"""


@contextmanager
def open_chromium() -> Iterator[Any]:
    # The same engine without the window around it takes less than half of the processor.
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("needs Debian's chromium-headless-shell, or chromium")
    from playwright.sync_api import sync_playwright  # for whoever collects the tests it is a megabyte to read

    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--lang=pt-BR"]
        browser = driver.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page of the browser with what has gone wrong on it."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    received: int = 0
    """Bytes of all bodies, as they were sent."""

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def forget(self) -> None:
        """What has been so far; the next page is looked at by itself."""
        self.complaints.clear()
        self.requests.clear()

    def become(self, size: str, theme: str) -> None:
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=theme)

    def must_be_clean(self, where: str) -> None:
        """Nothing was complained of, nobody else was asked, and nothing sticks out or moves."""
        assert self.complaints == [], where
        foreign = [asked for asked in self.requests if not asked.startswith((self.url, "data:"))]
        assert foreign == [], where
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{where} is wider than the screen: {wide}"

    def must_be_accessible(self, where: str, *rules: str) -> None:
        """By all rules of axe, or these."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        options: dict[str, object] = {"resultTypes": ["violations"], "selectors": False}
        if rules:  # none of which looks at what a page has loaded
            options |= {"runOnly": rules, "preload": False}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        told = [
            f"{each['id']}: {each['help']} {[node['html'] for node in each['nodes']]}" for each in found["violations"]
        ]
        assert told == [], f"{where}: {json.dumps(told, ensure_ascii=False, indent=1)}"

    def slow_down(self, times: int) -> None:
        """As on a phone, whose processor is so many times slower."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def count_work(self) -> Callable[[], float]:
        """Milliseconds of the processor that the page's own thread has worked from now on."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def work_ms() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return 1000 * sum(each["value"] for each in metrics if each["name"] == "TaskDuration")

        return work_ms

    def throttle(self, *, latency_ms: int, bytes_per_s: int) -> None:
        """As on a poor line."""
        session = self.page.context.new_cdp_session(self.page)
        line = {
            "offline": False,
            "latency": latency_ms,
            "downloadThroughput": bytes_per_s,
            "uploadThroughput": bytes_per_s,
        }
        session.send("Network.emulateNetworkConditions", line)

    def largest_paint_ms(self) -> float:
        return float(self.page.evaluate(_PAINT))

    def layout_shift(self) -> float:
        return float(self.page.evaluate(_SHIFT))


@contextmanager
def watch(browser: Any, url: str, *, size: str = "mesa", **how: Any) -> Iterator[Watched]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="pt-BR", **{"service_workers": "block", **how}
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    watched = Watched(page, url)
    if how.get("java_script_enabled", True):
        page.add_init_script(_WATCH_POLICY)
    page.on("console", lambda said: _note(watched, said))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("request", lambda asked: watched.requests.append(asked.url))
    page.on("requestfinished", lambda asked: _weigh(watched, asked))
    try:
        yield watched
    finally:
        context.close()


def _note(watched: Watched, said: Any) -> None:
    if said.type in {"error", "warning"} and "blocked by Playwright" not in said.text:
        watched.complaints.append(said.text)


def _weigh(watched: Watched, asked: Any) -> None:
    answer = asked.response()
    watched.received += int(answer.headers.get("content-length", 0)) if answer else 0
