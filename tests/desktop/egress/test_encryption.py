"""TLS, with certificates made for the test: whose are trusted, and that a key goes nowhere else."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.egress.connections import Passage
from desktop.egress.messages import Send
from desktop.egress.sending import Sender, _encryption
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from engine.errors import ProviderUnreachable
from engine.frontier.values import (
    Connecting,
    Provider,
    Proxy,
    ResponseData,
    Timeouts,
    WireRequest,
)
from tests.fakes.loopback import Loopback

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own for 127.0.0.1, with its key in the same file."""
    folder = tmp_path_factory.mktemp("certificate")
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out certificate.pem"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make.split(), *name], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return both


@pytest.fixture
def server(certificate: Path) -> Iterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Loopback(context=context).running() as running:
        yield running


class OneKey:
    def read(self, provider_id: str, authority: str) -> Secret | None:
        return Secret(bytearray(b"sk-planted"))


def asked(server: Loopback, proxy: Proxy, log: NetworkLog) -> list[object]:
    provider = Provider("far", "Far", "openai", server.url)
    request = WireRequest("POST", f"{server.url}/v1", (), b"{}", "Authorization", "Bearer ")
    sender = Sender(proxy, OneKey(), log=log, tell=log.add)
    try:
        return list(sender.send(Send(provider, request, Connecting("Asking", Timeouts(5, 5))), Passage()))
    finally:
        sender.close()


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_key_goes(server: Loopback) -> None:
    with pytest.raises(ProviderUnreachable, match="certificate is not trusted") as caught:
        asked(server, Proxy(), NetworkLog())
    assert not caught.value.sent
    assert server.requests == []


def test_the_person_s_own_certificates_count(server: Loopback, certificate: Path) -> None:
    log = NetworkLog()
    events = asked(server, Proxy(certificates=str(certificate)), log)
    assert ResponseData(b"hello") in events
    assert server.requests[0].endswith(b"Authorization: Bearer sk-planted\r\n\r\n{}")
    (attempt,) = log.entries()
    assert attempt.bytes_out == len(server.requests[0]), "encryption aside"


def test_a_certificate_for_another_host_is_refused(server: Loopback, certificate: Path) -> None:
    server.url = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(ProviderUnreachable, match="certificate is not trusted"):
        asked(server, Proxy(certificates=str(certificate)), NetworkLog())
    assert server.requests == []


def test_nothing_that_decrypts_is_written_down(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "secrets"))
    context = _encryption(str(certificate))
    assert context.keylog_filename is None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
