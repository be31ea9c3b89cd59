"""Open a page in Chromium 83 and print what can be read on it: `look.py URL PNG [COOKIE=VALUE]`.

Runs in a venv of its own, with PyQtWebEngine: the engine of mid 2020. Knows nothing of the project.
"""

import json
import os
import sys

os.environ.update(
    QT_QPA_PLATFORM="offscreen",
    QT_QUICK_BACKEND="software",
    QTWEBENGINE_DISABLE_SANDBOX="1",
    QTWEBENGINE_CHROMIUM_FLAGS="--no-sandbox --disable-gpu --no-zygote",
)

from PyQt5.QtCore import QCoreApplication, Qt, QTimer, QUrl
from PyQt5.QtNetwork import QNetworkCookie
from PyQt5.QtWebEngineWidgets import QWebEngineView
from PyQt5.QtWidgets import QApplication

SETTLES_MS = 1_500
ENDS_MS = 30_000
READ = "JSON.stringify([navigator.userAgent, document.body.innerText])"


def main(url: str, picture: str, cookie: str = "") -> None:
    """Load it, let its scripts run, read it."""
    QCoreApplication.setAttribute(Qt.AA_ShareOpenGLContexts)
    QCoreApplication.setAttribute(Qt.AA_UseSoftwareOpenGL)
    app = QApplication([])
    view = QWebEngineView()
    view.resize(390, 844)
    view.show()

    def told(text: str) -> None:
        view.grab().save(picture)
        engine, words = json.loads(text)
        print(json.dumps({"engine": engine, "words": words}), flush=True)
        app.quit()

    def read() -> None:
        view.page().runJavaScript(READ, told)

    view.loadFinished.connect(lambda _: QTimer.singleShot(SETTLES_MS, read))
    QTimer.singleShot(ENDS_MS, app.quit)
    if cookie:
        name, value = cookie.split("=", 1)
        store = view.page().profile().cookieStore()
        store.setCookie(QNetworkCookie(name.encode(), value.encode()), QUrl(url))
    view.load(QUrl(url))
    app.exec_()


if __name__ == "__main__":
    main(*sys.argv[1:])
