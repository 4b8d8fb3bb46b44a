"""Errors instead of an answer: the API's own, in JSON, and those of a proxy or an ingress before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.deviations.shapes import ALL, Answer, Deviation, Scene
from simulator.endpoints import error_body, too_many
from simulator.query import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_PHRASES = {200: "Welcome", 403: "Forbidden", 404: "Not Found", 502: "Bad Gateway"}
_MISSING = {"chat": "chat_not_found", "messages": "messages_not_found"}


def _foreign(status: int) -> Callable[[Answer, Scene], Answer]:
    """Return the hook for an HTML page, like that of an ingress."""
    words = _PHRASES[status]
    page = f"<html>\n<head><title>{words}</title></head>\n<body><h1>{words}</h1><hr>nginx</body>\n</html>\n"

    def say(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001 - the signature of a hook
        headers = {**answer.headers, "Server": "nginx"}
        return replace(answer, status=status, body=page.encode(), headers=headers, content_type="text/html")

    return say


def _own(refusal: Refusal, **headers: str) -> Callable[[Answer, Scene], Answer]:
    """Return the hook for an error of the documented form."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}

    def say(answer: Answer, scene: Scene) -> Answer:
        body = error_body(scene.dialect, refusal)
        return replace(answer, status=refusal.status, body=body, headers={**answer.headers, **more})

    return say


def _not_found(answer: Answer, scene: Scene) -> Answer:
    code = _MISSING.get(scene.question.kind, "entity_not_found")
    return _own(Refusal(404, code, "Nothing found"))(answer, scene)


def _bodiless(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
    return replace(answer, status=204, body=b"")


def _created(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
    return replace(answer, status=201) if answer.status == 200 else answer  # noqa: PLR2004


def _error(name: str, text: str, say: Callable[[Answer, Scene], Answer]) -> Deviation:
    return Deviation(name, text, ALL, say=say)


def _epoch(answer: Answer, scene: Scene) -> Answer:
    return _own(too_many(), Retry_After=str(int(scene.account.now) + 60))(answer, scene)


def _patience(name: str, value: str) -> Deviation:
    text = f"429 with Retry-After: {value}."
    return _error(f"retry-after-{name}", text, _own(too_many(), Retry_After=value))


def _refusal(status: int, code: str, field: Any = None) -> Callable[[Answer, Scene], Answer]:
    return _own(Refusal(status, code, f"Simulated {status}", field))


ERRORS = (
    _error("foreign-404", "404 with HTML, as from an ingress without a route.", _foreign(404)),
    _error("own-404", "404 in the documented form, although the object exists.", _not_found),
    _error("foreign-403", "403 with HTML, as from a firewall.", _foreign(403)),
    _error("own-403", "403 in the documented form.", _refusal(403, "forbidden")),
    _error(
        "own-400", "400 in the documented form, for a field that was not sent.", _refusal(400, "invalid", "customer")
    ),
    _error("own-500", "500 in the documented form.", _refusal(500, "internal_error")),
    _error("foreign-502", "502 with HTML, as from a proxy.", _foreign(502)),
    _error("html-200", "200 with an HTML page.", _foreign(200)),
    _error("status-201", "201 instead of 200.", _created),
    _error("status-204", "204 without a body.", _bodiless),
    _patience("7200", "7200"),
    _error("retry-after-epoch", "429 with a Retry-After that is a time in epoch seconds.", _epoch),
    _patience("negative", "-5"),
    _patience("text", "soon"),
)
