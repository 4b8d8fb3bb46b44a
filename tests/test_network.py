"""Safe by default: TLS cannot be switched off by accident, a company's proxy and CA work, the key stays here."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from simulator import Account, Fault, Server
from tests.conftest import NOW
from tests.relay import Relay
from tests.running import Output, run

HOST = "api.helpcrunch.test"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(ca: trustme.CA, tmp_path: Path) -> str:
    ca.cert_pem.write_to_path(tmp_path / "company.pem")
    return str(tmp_path / "company.pem")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an environment without proxies and certificates of its own."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def port(server: Server) -> int:
    return urlsplit(server.url).port or 0


def certified(ca: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def secure(server: Server, ca: trustme.CA) -> Iterator[Relay]:
    """Serve the account by TLS, with a certificate that only the company's CA file makes good."""
    with Relay(port(server), tls=certified(ca, "127.0.0.1")) as relay:
        yield relay


@pytest.fixture
def proxy(server: Server, ca: trustme.CA) -> Iterator[Relay]:
    """Be the only way to the host, which no name server knows."""
    with Relay(port(server), tls=certified(ca, HOST), proxy=True) as relay:
        yield relay


def trial(folder: Path, server: Server, url: str) -> Output:
    return run(folder, server, "--test", api_url=url, api_key="SECRET-KEY-0123456789")


def refused(output: Output, *words: str) -> None:
    """Check that the run ended with one line that contains these words, and no secret."""
    assert (output.code, output.lines) == (1, []), output.log
    (line,) = [line for line in output.log.splitlines() if "| ERROR" in line]
    assert all(word in line for word in words), line
    assert "SECRET" not in output.log
    assert "Traceback" not in output.log


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Account(now=NOW), key="SECRET-KEY-0123456789") as running:
        yield running


class TestTls:
    def test_a_server_that_nobody_vouches_for_does_not_get_the_key(
        self, tmp_path: Path, server: Server, secure: Relay
    ) -> None:
        output = trial(tmp_path, server, f"https://127.0.0.1:{secure.port}/v1")
        refused(output, "no trusted connection to 127.0.0.1", "set REQUESTS_CA_BUNDLE")
        assert server.requests == []

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_the_ca_file_of_a_company_makes_it_good(
        self, tmp_path: Path, server: Server, secure: Relay, bundle: str, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, bundle)
        assert trial(tmp_path, server, f"https://127.0.0.1:{secure.port}/v1").code == 0
        assert len(server.requests) == 5

    def test_an_empty_variable_does_not_switch_it_off(
        self, tmp_path: Path, server: Server, secure: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
        monkeypatch.setenv("CURL_CA_BUNDLE", "")
        monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
        refused(trial(tmp_path, server, f"https://127.0.0.1:{secure.port}/v1"), "no trusted connection")
        assert server.requests == []

    def test_a_certificate_for_another_host_is_refused(
        self, tmp_path: Path, server: Server, ca: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        with Relay(port(server), tls=certified(ca, HOST)) as other:
            refused(trial(tmp_path, server, f"https://127.0.0.1:{other.port}/v1"), "no trusted connection")
        assert server.requests == []


class TestProxies:
    def test_a_proxy_is_used_and_does_not_see_the_key(
        self, tmp_path: Path, server: Server, proxy: Relay, bundle: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        monkeypatch.setenv("HTTPS_PROXY", f"http://someone:SECRET-password@127.0.0.1:{proxy.port}")
        output = trial(tmp_path, server, f"https://{HOST}/v1")
        assert output.code == 0, output.log
        assert len(server.requests) == 5
        assert proxy.heads
        for head in proxy.heads:
            assert head.startswith(f"CONNECT {HOST}:443 ")
            assert "Proxy-Authorization: Basic" in head
            assert "SECRET-KEY" not in head


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 307])
    def test_the_key_does_not_follow_one(self, tmp_path: Path, server: Server, status: int) -> None:
        with Server(Account(now=NOW), key=server.key) as elsewhere:
            server.fault = lambda _request, _number: Fault(status=status, headers={"Location": elsewhere.url})
            refused(trial(tmp_path, server, server.url), "was redirected", "correct api_url")
            assert elsewhere.requests == []
        assert len(server.requests) == 1
