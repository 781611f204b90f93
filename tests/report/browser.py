"""A headless Chromium driven over its debugging pipe, with nothing but the standard library."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # no name and no address resolves: what works here works without a network
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
PATIENCE = 60.0
# the browser reads from descriptor 3 and writes to 4
TRAMPOLINE = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in enumerate(ends, 3):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One page; it keeps console messages, uncaught errors and every request."""

    def __init__(self, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        program = next(path for name in NAMES if (path := shutil.which(name)))
        self.profile = tempfile.mkdtemp(prefix="symqb-browser-")
        to_browser, self.writer = os.pipe()
        self.reader, from_browser = os.pipe()
        command = [program, *ARGUMENTS, f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAMPOLINE, str(to_browser), str(from_browser), *command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.count, self.buffer = 0, b""
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.resize(width, height)
        scheme_feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[scheme_feature])

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reader], [], [], deadline - time.monotonic())
            data = os.read(self.reader, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError("the browser does not answer")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        record: dict[str, Any] = json.loads(message)
        return record

    def send(self, method: str, **parameters: Any) -> Any:
        self.count += 1
        number = self.count
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != number:
                self.events.append(answer)
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]

    def resize(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def open(self, url: str) -> None:
        """Load a page anew, even if only its fragment differs from what is shown."""
        for address in ("about:blank", url):
            self.events.clear()
            self.send("Page.navigate", url=address)
            while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
                self.events.append(self._receive())

    def run(self, expression: str) -> Any:
        """The value of an expression, awaited if it is a promise."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:600])
        return answer["result"].get("value")

    def unfold(self) -> None:
        """Open what is folded, and have drawn what is out of sight, as a reader in time sees it."""
        self.run(
            "document.querySelectorAll('details').forEach((d) => { d.open = true; });"
            "document.querySelectorAll('main > section').forEach((s) => {"
            " s.style.setProperty('content-visibility', 'visible', 'important'); });"
            "new Promise((r) => requestAnimationFrame(() => setTimeout(r, 50)))"
        )

    def _events(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") == method]

    def complaints(self) -> list[str]:
        """Console messages, uncaught errors and entries of the browser's log."""
        self.run("0")
        texts = [json.dumps(p["args"])[:300] for p in self._events("Runtime.consoleAPICalled")]
        texts += [
            json.dumps(p["exceptionDetails"])[:300] for p in self._events("Runtime.exceptionThrown")
        ]
        return texts + [p["entry"]["text"] for p in self._events("Log.entryAdded")]

    def requests(self) -> list[str]:
        return [p["request"]["url"] for p in self._events("Network.requestWillBeSent")]

    def press(self, key: str, code: int, text: str = "") -> None:
        stroke = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", **stroke, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **stroke)

    def screenshot(self, path: Path | str) -> None:
        picture = self.send("Page.captureScreenshot")
        Path(path).write_bytes(base64.b64decode(picture["data"]))

    def close(self) -> None:
        self.session = None
        try:
            self.send("Browser.close")
        except (RuntimeError, OSError):
            self.process.terminate()
        self.process.wait(20)
        os.close(self.reader)
        os.close(self.writer)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
