"""A private CA and the server's certificate, as PEM. Pure: names and the time are arguments.

The CA can vouch for private addresses and local names only (RFC 5280 name constraints). So whoever
steals its key can't stand in for any site of the internet on the phones that trust it.
Lifetimes: iPhones take 825 days at most from a CA that a person added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
BEGAN_BEFORE = timedelta(days=1)  # a phone's clock may be behind ours
EARLIEST = datetime(2025, 11, 1, tzinfo=UTC)  # no true clock is behind the first of our releases
PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
    *("127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"),
)
LOCAL = ("localhost", "local", "lan", "home.arpa", "internal")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


def new_ca(machine: str, now: datetime) -> Pair:
    """Make the CA of the machine named `machine`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Say When on {machine or 'this machine'}")
    hosts = [machine] if machine and "." not in machine else []
    built = (
        _begun(name, name, key, now, CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_ca=True), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[
                    *(x509.DNSName(one) for one in [*LOCAL, *hosts]),
                    *(x509.IPAddress(ip_network(one)) for one in PRIVATE),
                ],
                excluded_subtrees=None,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return Pair(built.public_bytes(serialization.Encoding.PEM), _pem(key))


def new_leaf(ca: Pair, names: Iterable[str], now: datetime) -> Pair:
    """Make the server's certificate for `names`, addresses and host names that `ca` may vouch for.

    It never outlives its CA. Raises ValueError where none of the names is private.
    """
    signer = x509.load_pem_x509_certificate(ca.certificate)
    served = covered(ca, names)
    if not served:
        raise ValueError("no private address to vouch for")
    key = ec.generate_private_key(ec.SECP256R1())
    lasts = min(LEAF_LASTS, signer.not_valid_after_utc - now)
    ca_key = serialization.load_pem_private_key(ca.key, None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    built = (
        _begun(_name("Say When"), signer.subject, key, now, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_san(one) for one in served]), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return Pair(built.public_bytes(serialization.Encoding.PEM) + ca.certificate, _pem(key))


def covered(ca: Pair, names: Iterable[str]) -> list[str]:
    """List those of `names` that the CA may vouch for, in an order that does not change."""
    extensions = x509.load_pem_x509_certificate(ca.certificate).extensions
    limits = extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    values = [one.value for one in limits if isinstance(one, x509.IPAddress)]
    networks = [one for one in values if isinstance(one, IPv4Network | IPv6Network)]
    hosts = [one.value for one in limits if isinstance(one, x509.DNSName)]
    known = {str(_address(name) or name.lower()) for name in names}
    return sorted(name for name in known if _is_within(name, networks, hosts))


def names_of(certificate: bytes) -> list[str]:
    """List the addresses and names that a certificate speaks for."""
    extensions = x509.load_pem_x509_certificate(certificate).extensions
    sans = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return sorted(str(one.value) for one in sans)


def is_due(pair: Pair, ca: Pair, names: Iterable[str], now: datetime) -> bool:
    """Return whether a new certificate is needed.

    It is if this one is not valid yet, is nearly over, or is for other names, another CA or key.
    """
    leaf = x509.load_pem_x509_certificate(pair.certificate)
    signer = x509.load_pem_x509_certificate(ca.certificate)
    try:
        leaf.verify_directly_issued_by(signer)
    except (InvalidSignature, ValueError, TypeError):
        return True
    return not (
        _has_its_key(pair)
        and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - RENEWED_BEFORE
        and names_of(pair.certificate) == covered(ca, names)
    )


def may_vouch(ca: Pair, now: datetime) -> bool:
    """Return whether a CA is valid now and for as long as what it signs, and has its own key."""
    own = x509.load_pem_x509_certificate(ca.certificate)
    is_current = own.not_valid_before_utc <= now < own.not_valid_after_utc - LEAF_LASTS
    return is_current and _has_its_key(ca)


def known_time(now: datetime, ours: Iterable[Pair]) -> datetime:
    """Return the time, or the earliest that it can be if the clock was surely never set.

    A clock behind our first release was never set. Then it is at least as late as the newest of our
    own certificates.
    """
    if now >= EARLIEST:
        return now
    begun = (x509.load_pem_x509_certificate(one.certificate).not_valid_before_utc for one in ours)
    return max([EARLIEST, *(one + BEGAN_BEFORE for one in begun)])


def _has_its_key(pair: Pair) -> bool:
    own = serialization.load_pem_private_key(pair.key, None).public_key()
    return x509.load_pem_x509_certificate(pair.certificate).public_key() == own


def ends_ms(certificate: bytes) -> int:
    """Return when a certificate ends, in ms since the epoch."""
    ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    return int(ends.timestamp() * 1000)


def der(certificate: bytes) -> bytes:
    """Return a PEM certificate as DER, which phones install."""
    return x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 fingerprint, in pairs between colons, as phones show it."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def at(now_ms: int) -> datetime:
    """Return a time in ms since the epoch as a datetime, as certificates need it."""
    return datetime.fromtimestamp(now_ms // 1000, UTC)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEGAN_BEFORE)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _address(name: str) -> Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _san(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _is_within(name: str, networks: list[Network], hosts: list[str]) -> bool:
    address = _address(name)
    if address is not None:
        return any(address in network for network in networks)
    return any(name == host or name.endswith(f".{host}") for host in hosts)
