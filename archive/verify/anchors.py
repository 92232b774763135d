"""RFC 3161 time-stamp tokens over checkpoints, under certificates of the verifier's own (trace-log 5.10).

The only part of the verifier that needs one package more; without it, or without certificates,
tokens are held to name the right text and counted as unverified.
"""

from archive.verify.files import Unreadable
from archive.verify.named import Anchors


def trusted_anchors(pem: bytes | None) -> Anchors | None:
    """A verifier of tokens under these certificates (PEM, roots and authorities); None when none are given.

    Raises:
        Unreadable: the certificates cannot be read, or no package for time-stamp tokens is installed.
    """
    if pem is None:
        return None
    try:
        from cryptography.x509 import load_pem_x509_certificates
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError:
        raise Unreadable("--tsa needs the package rfc3161-client") from None
    try:
        certificates = load_pem_x509_certificates(pem)
    except ValueError:
        raise Unreadable("--tsa holds no certificates in PEM") from None

    def verify(token: bytes, text: bytes) -> None:
        reasons = []
        for certificate in certificates:
            try:
                verifier = VerifierBuilder().add_root_certificate(certificate).build()
                verifier.verify_message(decode_timestamp_response(token), text)
                return
            except (VerificationError, ValueError) as e:
                reasons.append(str(e))
        raise ValueError("; ".join(dict.fromkeys(reasons)))

    return verify
