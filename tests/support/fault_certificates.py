"""Certificates made at start: one that a test CA vouches for, and three that must be refused."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Certificate: TypeAlias = Literal["trusted", "selfsigned", "expired", "wrongname"]
CERTIFICATES: tuple[Certificate, ...] = ("trusted", "selfsigned", "expired", "wrongname")
DAY = timedelta(days=1)
LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def make_certificates(folder: Path) -> tuple[Path, dict[Certificate, ssl.SSLContext]]:
    """Write the test CA's file into `folder`; return it and a server context for each kind."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Test CA", ca_key, "Test CA", ca_key, authority=True)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    found: dict[Certificate, ssl.SSLContext] = {}
    for kind in CERTIFICATES:
        key = ec.generate_private_key(ec.SECP256R1())
        own = kind == "selfsigned"
        issuer, signer = ("127.0.0.1", key) if own else ("Test CA", ca_key)
        made = _certificate("127.0.0.1", key, issuer, signer, kind=kind)
        path = folder / f"{kind}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        found[kind] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found[kind].load_cert_chain(path)
    return ca_file, found


def _certificate(  # noqa: PLR0913 - the parts of a certificate
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    kind: Certificate = "trusted",
    authority: bool = False,
) -> x509.Certificate:
    end = datetime.now(UTC) + (-DAY if kind == "expired" else 30 * DAY)
    named = x509.DNSName("somewhere-else.example") if kind == "wrongname" else LOOPBACK
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - 60 * DAY)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([named]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
