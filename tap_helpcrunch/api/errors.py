"""What can go wrong between the tap and the API: turns a status and error codes into what a person can do.

The vendor documents two families of error bodies (one specific element, or a generic ``invalid_request`` followed by
the specific one), so the HTTP status decides, and every code in the body is shown. The messages in it are never shown:
they may quote what a customer wrote.
"""

from __future__ import annotations

import re
import typing as t
from http import HTTPStatus

KEY_ADVICE = (
    "take the Public API key from HelpCrunch: Settings, Developers, Public API "
    "(the legacy API's key does not work here)"
)
_CODE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")


class HelpCrunchError(Exception):
    """A fault that ends the run; its text is one line that a person can act on, without key or customer data.

    Attributes:
        elements: how many errors the API's own error body lists; 0 if there is no such body.
        refuses_all: whether it would be the answer to any other request too.
    """

    elements = 0
    refuses_all = False


class KeyRefusedError(HelpCrunchError):
    """401 or 403: the key is missing, wrong, revoked, or not allowed to read this."""

    def __init__(self, message: str, status: int) -> None:
        """Keep the message; a 401 refuses everything else too."""
        super().__init__(message)
        self.refuses_all = status == HTTPStatus.UNAUTHORIZED


class MissingError(HelpCrunchError):
    """404: what was asked for is not there."""


class RejectedError(HelpCrunchError):
    """The API understood the request and rejects it (400, and other statuses that no retry fixes)."""


class UnreachableError(HelpCrunchError):
    """Every attempt failed: connection, timeout, 5xx, 429, or answers that are not JSON."""


class BadAnswerError(HelpCrunchError):
    """A 200 that is not what the API documents; to continue would lose rows silently."""


class UnprovenError(HelpCrunchError):
    """Answers that can each be read, but together do not prove that nothing is missing."""


class TransientError(Exception):
    """A try failed in a way that the next one may not.

    Attributes:
        reason: what happened, for the log; nothing from the answer's body.
        refused: whether it was a 429.
        unconnected: whether no connection could be made.
        foreign: whether the answer is not in the API's own form, so that a proxy or an ingress may have written it.
        final: what to raise if no retry helps; None for UnreachableError.
    """

    def __init__(
        self,
        reason: str,
        *,
        refused: bool = False,
        unconnected: bool = False,
        foreign: bool = False,
        final: HelpCrunchError | None = None,
    ) -> None:
        """Keep what decides about the retry."""
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        self.unconnected = unconnected
        self.foreign = foreign
        self.final = final


def codes(body: t.Any) -> list[str]:
    """Return every error code of an error body, in order; [] if there is none."""
    errors = body.get("errors") if isinstance(body, dict) else None
    found = [error.get("code") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return [code for code in found if isinstance(code, str) and _CODE.fullmatch(code)]


def for_status(status: int, body: t.Any, asked: str) -> Exception:
    """Return the exception for an answer with this status.

    Args:
        status: the HTTP status, anything but 2xx.
        body: the parsed body, or None.
        asked: the request, as logs show it.

    Returns:
        TransientError for what a retry may fix (5xx, 408, 425, and a refusal without the API's own error body, which
        an ingress may have written), else a HelpCrunchError. The caller handles 429, because it has the headers.
    """
    found = codes(body)
    said = f"{status} {', '.join(found)}".strip()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        return TransientError(f"status {said}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return RejectedError(
            f"{asked} was redirected ({said}); the key is not sent elsewhere: correct api_url or the proxy"
        )
    final = _refusal(status, said, asked)
    if found:
        final.elements = len(body["errors"])
        return final
    if status != HTTPStatus.UNAUTHORIZED:
        # The API did not write it, so it says nothing about what was asked for.
        final = UnreachableError(str(final))
    return TransientError(f"status {status} without an error code", foreign=True, final=final)


def _refusal(status: int, said: str, asked: str) -> HelpCrunchError:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return KeyRefusedError(f"HelpCrunch refuses the api_key ({said}) for {asked}: {KEY_ADVICE}", status)
    if status == HTTPStatus.NOT_FOUND:
        return MissingError(f"HelpCrunch does not know {asked} ({said}): check api_url, which normally ends in /v1")
    return RejectedError(f"HelpCrunch rejects {asked} ({said})")
