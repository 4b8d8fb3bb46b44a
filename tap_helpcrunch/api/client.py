"""Sends requests, up to ``max_in_flight`` at once, and retries each until it is answered."""

from __future__ import annotations

import json
import logging
import math
import re
import threading
import typing as t
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import backoff
import msgspec
import requests
from requests.structures import CaseInsensitiveDict
from typing_extensions import override
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from tap_helpcrunch.api import errors
from tap_helpcrunch.api.clock import ServerClock
from tap_helpcrunch.api.deadline import DeadlineAdapter
from tap_helpcrunch.api.values import without_surrogates
from tap_helpcrunch.api.workers import Workers

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from tap_helpcrunch.api.clock import Clock
    from tap_helpcrunch.api.pace import Pace

# For how many seconds a request is retried: ten times the quota window; less while others are answered, since then only
# this one is broken; and little before the first connection, so that a wrong host is reported soon.
PATIENCE, LONE_PATIENCE, FIRST_PATIENCE = 600.0, 60.0, 15.0
# Tries for what waiting seldom fixes: an answer that cannot be read, or a refusal before anything was answered.
FEW_TRIES = 4
LONGEST_WAIT = 60.0
LONGEST_RETRY_AFTER = 300.0  # seconds; more makes no sense for a quota window of a minute, so it is ignored
MOST_BYTES = 64 * 1024 * 1024  # far more than a page of 100 needs; without a limit a bad answer fills the memory

R = t.TypeVar("R")

logger = logging.getLogger("tap-helpcrunch")
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")  # the standard library's text, then the proxy's status
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask; it only reads. The two searches are POST and safe to repeat."""

    path: str
    params: dict[str, t.Any] = field(default_factory=dict)
    body: dict[str, t.Any] | None = None
    optional: bool = False  # the run can continue without the answer, so a few tries are enough

    @property
    def method(self) -> str:
        """GET, or POST if there is a body."""
        return "GET" if self.body is None else "POST"

    @override
    def __str__(self) -> str:
        """Return the request as logs and errors show it."""
        query = f"?{urlencode(self.params)}" if self.params else ""
        return f"{self.method} {self.path}{query}"


class Client:
    """Sends requests at the common pace and retries those that may succeed later.

    ``submit`` hands a request to a worker thread, ``result`` waits for it.
    """

    def __init__(
        self, *, url: str, key: str, user_agent: str, timeout: float, max_in_flight: int, pace: Pace, clock: Clock
    ) -> None:
        """Prepare the connection that all threads share; nothing is sent yet."""
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._pace = pace
        self._clock = clock
        self._adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=max_in_flight)
        # The environment is read once. A session reads it at every request, which is a third of its CPU time (yet with
        # `send`, which the SDK uses, never REQUESTS_CA_BUNDLE), and would let a .netrc file replace the key.
        environment = requests.Session().merge_environment_settings(self._url, {}, None, None, None)
        self._proxies = environment["proxies"]
        self._verify = environment["verify"] or True  # a CA bundle, or the default ones; verification is never off
        self._headers = CaseInsensitiveDict(
            {
                "Authorization": f"Bearer {key}",
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        self._workers = Workers(max_in_flight)
        self._connected = False
        self.max_in_flight = max_in_flight
        self.faults: Counter[str] = Counter()  # retries, by reason
        self._counting = threading.Lock()
        self.server_clock = ServerClock(clock)
        self._answered = -math.inf  # when the last good answer came
        self.run_ends = math.inf  # from then on, no request is worth ten minutes

    @property
    def sent(self) -> int:
        """How many requests were sent, retries included."""
        return self._pace.sent

    def submit(self, request: Request, read: Callable[[t.Any], R], turn: int = 0) -> Future[R]:
        """Queue a request; answers may arrive in any order.

        Args:
            request: what to ask.
            read: turns the parsed body into the result; if it raises BadAnswerError, the request is retried a few
                times.
            turn: 0 if the run waits for the answer; requests made ahead wait for those of earlier turns.
        """
        return self._workers.submit(partial(self._answer, request, read), turn)

    def result(self, future: Future[R]) -> R:
        """Wait for a submitted request and return its result.

        Raises:
            HelpCrunchError: the request failed for good.
            StoppedError: the run is ending.
        """
        return future.result()

    def close(self) -> None:
        """End all waits and threads, and the requests in flight with them."""
        self._clock.stop()
        self._workers.close()
        self._adapter.close()

    def _answer(self, request: Request, read: Callable[[t.Any], R]) -> R:
        first: float | None = None  # when the first try began, which may be minutes after it was queued
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        tries = 0
        while True:
            tries += 1
            try:
                with self._pace.turn() as began:
                    first = began if first is None else first
                    response, content = self._send(request)
                result = self._read_answer(request, read, self._judge(request, began, response, content))
            except errors.TransientError as fault:
                took = self._clock.now() - (first or 0.0)
                wait = 0.0 if fault.refused else backoff.full_jitter(next(waits)) + 0.5
                if self._is_hopeless(request, fault, tries, took + wait, first or 0.0):
                    raise fault.final or errors.UnreachableError(
                        f"{request} failed {tries} times in {took:.0f} s, last error: {fault.reason}"
                    ) from None
                self._note(request, fault)
                logger.debug("%s: %s; try %d follows in %.1f s", request, fault.reason, tries + 1, wait)
            else:
                self._answered = self._clock.now()
                return result
            self._clock.wait(wait)

    def _is_hopeless(
        self, request: Request, fault: errors.TransientError, tries: int, seconds: float, first: float
    ) -> bool:
        """Return whether another try, this many seconds after the first one, is no longer worth it."""
        patience = PATIENCE if self._clock.now() < self.run_ends else LONE_PATIENCE
        if fault.refused:
            return seconds > patience
        never_answered = self._answered == -math.inf
        if isinstance(fault.final, errors.BadAnswerError) or request.optional or (fault.foreign and never_answered):
            return tries >= FEW_TRIES
        if fault.unconnected and not self._connected:
            return seconds > FIRST_PATIENCE
        return seconds > (LONE_PATIENCE if self._answered > first else patience)

    def _read_answer(self, request: Request, read: Callable[[t.Any], R], body: t.Any) -> R:
        try:
            return read(body)
        except errors.BadAnswerError as fault:
            raise errors.TransientError(
                f"status 200, but {fault.args[0].removeprefix(str(request)).strip()}", final=fault
            ) from None

    def _note(self, request: Request, fault: errors.TransientError) -> None:
        """Count a fault and log the first of its kind; the end of the run logs the counts."""
        if fault.refused:
            return  # the pace logs and counts those
        with self._counting:
            self.faults[fault.reason] += 1
            first = self.faults[fault.reason] == 1
        if first:
            logger.warning("%s: %s; retrying", request, fault.reason)

    def _judge(self, request: Request, began: float, response: requests.Response, content: bytes) -> t.Any:
        """Return the parsed body of a good answer; raise what any other answer means."""
        logger.debug("%s: %d in %.0f ms", request, response.status_code, (self._clock.now() - began) * 1000)
        date = response.headers.get("Date")
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            wait = self._pace.refused(began, _retry_after(response.headers.get("Retry-After"), _moment(date)))
            raise errors.TransientError(f"status 429, too many requests, all wait {wait:.0f} s", refused=True)
        self._pace.accepted(began)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise errors.for_status(response.status_code, _parse(content, default=None), str(request))
        try:
            answer = _parse(content)
        except ValueError:
            raise errors.TransientError(f"status {response.status_code}, but the body is not JSON") from None
        except RecursionError:
            raise errors.BadAnswerError(f"{request} answered with JSON that is nested too deeply to read") from None
        self.server_clock.note(_moment(date))
        return answer

    def _send(self, request: Request) -> tuple[requests.Response, bytes]:
        self._clock.check()
        try:
            response = self._adapter.send(
                self._prepared(request),
                timeout=self._timeout,
                stream=True,
                verify=self._verify,
                proxies=self._proxies,
            )
            self._connected = True
            with response:
                return response, self._read(response, request)
        except requests.exceptions.SSLError as fault:
            raise errors.UnreachableError(
                f"no trusted connection to {urlsplit(self._url).hostname}: behind a TLS proxy, set REQUESTS_CA_BUNDLE "
                f"to your company's CA file ({type(fault.args[0]).__name__ if fault.args else 'SSLError'})"
            ) from None
        except requests.exceptions.RequestException as fault:
            raise self._meaning(fault) from None

    def _meaning(self, fault: requests.exceptions.RequestException) -> errors.TransientError:
        """Return what a connection error means; the more specific ones are checked first."""
        if isinstance(fault, requests.exceptions.ProxyError):
            return errors.TransientError(
                f"no connection through the proxy (HTTPS_PROXY): {_cause(fault)}", unconnected=True
            )
        if isinstance(fault, requests.exceptions.ConnectTimeout):
            return errors.TransientError(f"no connection within {self._timeout:g} s", unconnected=True)
        inner = fault.args[0] if fault.args else None
        # requests reports a timeout in the middle of a body as a ConnectionError.
        if isinstance(fault, requests.exceptions.Timeout) or isinstance(inner, ReadTimeoutError):
            return errors.TransientError(f"no answer within {self._timeout:g} s (request_timeout)")
        if isinstance(fault, requests.exceptions.ConnectionError):
            unconnected = isinstance(getattr(inner, "reason", None), NewConnectionError)
            return errors.TransientError(f"no connection: {_cause(fault)}", unconnected=unconnected)
        return errors.TransientError(f"connection broken: {type(fault).__name__}")

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = f"{self._url}{request.path}" + (f"?{urlencode(request.params)}" if request.params else "")
        prepared.headers = self._headers
        prepared.hooks = {}
        if request.body is not None:
            prepared.headers = self._headers.copy()
            prepared.headers["Content-Type"] = "application/json"
            prepared.prepare_body(None, None, request.body)
        return prepared

    def _read(self, response: requests.Response, request: Request) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(1 << 18):
            content += chunk
            if len(content) > MOST_BYTES:
                raise errors.BadAnswerError(
                    f"{request} answered with more than {MOST_BYTES >> 20} MiB, which is too much for a page"
                )
        return bytes(content)


def _parse(content: bytes, **default: t.Any) -> t.Any:
    """Parse a body with msgspec, or with the standard library for the lone surrogates that msgspec refuses.

    Raises:
        ValueError: it is not JSON, and no default is given.
    """
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            return without_surrogates(json.loads(content, parse_float=Decimal))
        except ValueError:
            if default:
                return default["default"]
            raise


@lru_cache  # many answers of a second share one
def _moment(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc) if moment else None


def _retry_after(header: str | None, date: datetime | None) -> float | None:
    """Return ``Retry-After`` in seconds, given seconds or an HTTP date (by the server's own clock)."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        until = _moment(header)
        seconds = (until - (date or datetime.now(timezone.utc))).total_seconds() if until else math.nan
    return max(0.0, seconds) if math.isfinite(seconds) and seconds <= LONGEST_RETRY_AFTER else None


def _cause(fault: BaseException) -> str:
    """Return the root cause of a connection error (refused, reset, a proxy's status), without addresses."""
    seen: BaseException = fault
    while True:
        inner = getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        if not isinstance(inner, BaseException):
            break
        seen = inner
    refused = _TUNNEL.match(str(seen))
    return refused[1] if refused else getattr(seen, "strerror", None) or type(seen).__name__
