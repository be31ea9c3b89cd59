"""The private CA: what it can vouch for, when it is renewed, and who may read its key."""

from __future__ import annotations

import plistlib
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509

from app.errors import ConfigError
from app.https import addresses, profile
from app.https import certificates as made
from app.https.keeper import Keeper, context_of
from app.serve import _probe

NOW_MS = 1_800_000_000_000
DAY_MS = 24 * 3600 * 1000
HOME = ["127.0.0.1", "localhost", "192.168.1.20", "fd00::2", "sofa", "sofa.local"]
IOS_TAKES = timedelta(days=825)


@pytest.fixture(scope="module")
def ca() -> made.Pair:
    return made.new_ca("sofa", made.at(NOW_MS))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    yield Keeper(tmp_path / "https", "sofa")


def shaken(server: ssl.SSLContext, ca: Path, name: str) -> None:
    """Shake hands in memory, as a phone does that trusts `ca` and asked for `name`."""
    client = ssl.create_default_context(cafile=str(ca))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname=name),
        server.wrap_bio(up, down, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ends[0].version() and ends[0].cipher()


@pytest.mark.parametrize("name", HOME)
def test_a_phone_that_trusts_the_ca_takes_every_name_of_this_machine(
    keeper: Keeper, name: str
) -> None:
    keeper.renew(HOME, _now_ms())
    shaken(context_of(keeper), keeper.ca, name)


def test_a_phone_that_does_not_trust_it_refuses(keeper: Keeper, tmp_path: Path) -> None:
    keeper.renew(HOME, _now_ms())
    other = Keeper(tmp_path / "other", "sofa")
    other.renew(HOME, _now_ms())
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(context_of(keeper), other.ca, "localhost")


def test_a_stolen_key_vouches_for_no_site_of_the_internet(tmp_path: Path) -> None:
    """Signed by hand with the CA's key for a public name, no client takes it."""
    now = made.at(_now_ms())
    ca, forger = made.new_ca("sofa", now), made.new_ca("sofa", now)
    wide = made.Pair(_without_limits(ca, forger), ca.key)
    leaf = made.new_leaf(wide, ["bank.example", "8.8.8.8"], now)
    files = {"ca.pem": ca.certificate, "server.pem": leaf.certificate, "server.key": leaf.key}
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    context = context_of(Keeper(tmp_path, "sofa"))
    for name in ("bank.example", "8.8.8.8"):
        with pytest.raises(ssl.SSLCertVerificationError, match="subtree"):
            shaken(context, tmp_path / "ca.pem", name)


def test_names_of_the_internet_are_left_out(ca: made.Pair) -> None:
    leaf = made.new_leaf(ca, [*HOME, "203.0.113.9", "say.example"], made.at(NOW_MS))
    assert made.names_of(leaf.certificate) == sorted(HOME)


def test_phones_take_its_length(ca: made.Pair) -> None:
    leaf = x509.load_pem_x509_certificate(made.new_leaf(ca, HOME, made.at(NOW_MS)).certificate)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= IOS_TAKES


@pytest.mark.parametrize(
    ("days", "names", "is_new"),
    [
        (0, HOME, False),
        (360, HOME, False),
        (368, HOME, True),
        (-0.5, HOME, False),
        (1, [*HOME, "192.168.1.21"], True),
        (1, HOME[::-1], False),
        (1, [*HOME, "203.0.113.9"], False),
    ],
)
def test_it_is_renewed_30_days_before_its_end_and_when_addresses_change(
    keeper: Keeper, days: float, names: list[str], is_new: bool
) -> None:
    assert keeper.renew(HOME, NOW_MS)
    trusted = keeper.ca.read_bytes()
    assert keeper.renew(names, NOW_MS + int(days * DAY_MS)) is is_new
    assert keeper.ca.read_bytes() == trusted, "phones would have to trust it anew"


def test_a_key_that_does_not_fit_is_made_anew(keeper: Keeper) -> None:
    keeper.renew(HOME, NOW_MS)
    key = keeper.ca.with_name("server.key")
    key.write_bytes(keeper.ca.with_name("ca.key").read_bytes())
    assert keeper.renew(HOME, NOW_MS)
    context_of(keeper)


def test_a_ca_near_its_end_makes_room_for_another(keeper: Keeper) -> None:
    keeper.renew(HOME, NOW_MS)
    trusted = keeper.ca.read_bytes()
    assert keeper.renew(HOME, NOW_MS + 3_400 * DAY_MS) and keeper.ca.read_bytes() != trusted


YEAR_MS = 365 * DAY_MS
UNSET_MS = 0  # a small computer without a battery wakes up in 1970


@pytest.mark.parametrize("made_ms", [UNSET_MS, NOW_MS - 20 * YEAR_MS, NOW_MS + 2 * DAY_MS])
def test_a_ca_of_a_wrong_clock_is_made_anew_once_the_clock_is_right(
    keeper: Keeper, made_ms: int
) -> None:
    old = made.new_ca("sofa", made.at(made_ms))
    keeper.renew(HOME, NOW_MS)
    keeper._write("ca", old)
    assert keeper.renew(HOME, NOW_MS)
    ca = keeper.ca.read_bytes()
    assert ca != old.certificate
    for certificate in (ca, keeper.ca.with_name("server.pem").read_bytes()):
        read = x509.load_pem_x509_certificate(certificate)
        assert read.not_valid_before_utc <= made.at(NOW_MS) < read.not_valid_after_utc
    assert keeper.has_new_ca and keeper.before == made.fingerprint(old.certificate)
    assert not keeper.renew(HOME, NOW_MS + DAY_MS)


@pytest.mark.parametrize("wakes_ms", [UNSET_MS, 1_577_836_800_000])
def test_a_clock_that_was_never_set_costs_no_phone_its_trust(keeper: Keeper, wakes_ms: int) -> None:
    keeper.renew(HOME, NOW_MS)
    trusted = keeper.ca.read_bytes()
    later_ms = NOW_MS + 200 * DAY_MS
    assert not keeper.renew(HOME, wakes_ms)
    assert keeper.renew(HOME[:3], wakes_ms), "another Wi-Fi"
    leaf = x509.load_pem_x509_certificate(keeper.ca.with_name("server.pem").read_bytes())
    assert leaf.not_valid_before_utc <= made.at(later_ms) < leaf.not_valid_after_utc
    assert not keeper.renew(HOME[:3], later_ms)
    assert keeper.ca.read_bytes() == trusted and keeper.before is None


def test_a_first_start_before_the_time_is_known_makes_what_phones_take_today(
    keeper: Keeper,
) -> None:
    keeper.renew(HOME, UNSET_MS)
    ca = x509.load_pem_x509_certificate(keeper.ca.read_bytes())
    assert ca.not_valid_before_utc <= made.EARLIEST < made.at(NOW_MS) < ca.not_valid_after_utc
    trusted = keeper.ca.read_bytes()
    keeper.renew(HOME, NOW_MS)
    assert keeper.ca.read_bytes() == trusted


def test_a_clock_that_was_wrong_for_a_while_gives_phones_their_ca_back(keeper: Keeper) -> None:
    keeper.renew(HOME, NOW_MS)
    trusted = keeper.ca.read_bytes()
    assert keeper.renew(HOME, NOW_MS + 20 * YEAR_MS) and keeper.ca.read_bytes() != trusted
    assert keeper.renew(HOME, NOW_MS) and keeper.ca.read_bytes() == trusted
    context_of(keeper)


def test_a_server_whose_clock_was_never_set_still_finds_itself_ready(keeper: Keeper) -> None:
    """It asks itself over https as it starts, and its certificate is of another time."""
    keeper.renew(HOME, _now_ms() + 2 * YEAR_MS)
    server = HTTPServer(("127.0.0.1", 0), Ready)
    server.socket = context_of(keeper).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    _probe("127.0.0.1", server.server_port, str(keeper.ca))
    thread.join(5)
    server.server_close()


class Ready(BaseHTTPRequestHandler):
    """A server that says it is ready."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_ca_whose_key_does_not_fit_is_made_anew(keeper: Keeper) -> None:
    keeper.renew(HOME, NOW_MS)
    key = keeper.ca.with_name("ca.key")
    key.write_bytes(keeper.ca.with_name("server.key").read_bytes())
    assert keeper.renew(HOME, NOW_MS) and not keeper.renew(HOME, NOW_MS)


def test_keys_are_readable_by_their_owner_only(keeper: Keeper) -> None:
    keeper.renew(HOME, NOW_MS)
    keeper.renew(HOME, NOW_MS + 20 * YEAR_MS)
    modes = {file.name: file.stat().st_mode & 0o777 for file in keeper.ca.parent.iterdir()}
    names = ("ca", "ca-before", "server")
    files = [f"{name}.{kind}" for name in names for kind in ("key", "pem")]
    assert modes == dict.fromkeys(files, 0o600)
    assert keeper.ca.parent.stat().st_mode & 0o777 == 0o700


def test_without_a_private_address_it_says_what_to_do(keeper: Keeper) -> None:
    with pytest.raises(ConfigError, match="real domain"):
        keeper.renew(["203.0.113.9"], NOW_MS)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file"):
        Keeper(tmp_path / "file" / "https", "sofa").renew(HOME, NOW_MS)


def test_the_profile_holds_the_ca_and_stays_the_same(ca: made.Pair) -> None:
    once = profile.profile(ca.certificate, "Say When", "Lets this phone trust it.")
    assert once == profile.profile(ca.certificate, "Say When", "Lets this phone trust it.")
    read = plistlib.loads(once)
    (payload,) = read["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == made.der(ca.certificate)


def test_this_machine_is_named_by_its_addresses() -> None:
    assert {"localhost", "127.0.0.1"} <= set(addresses.names())


def _now_ms() -> int:
    """Handshakes look at the machine's own clock."""
    from app.clock import RealClock

    return RealClock().now_ms()


def _without_limits(ca: made.Pair, forger: made.Pair) -> bytes:
    """Return a certificate with the CA's name and key but no constraints: a forger's tool."""
    from cryptography.hazmat.primitives import hashes, serialization

    real = x509.load_pem_x509_certificate(ca.certificate)
    key = serialization.load_pem_private_key(forger.key, None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.subject)
        .public_key(real.public_key())
        .serial_number(1)
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
        .add_extension(
            x509.NameConstraints(
                [x509.DNSName("example"), x509.IPAddress(ip_network("0.0.0.0/0"))], None
            ),
            critical=True,
        )
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)  # type: ignore[arg-type]
