"""One self-signed certificate for all servers of the lab; clients trust exactly it."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: The names the certificate is good for.
NAMES = ("smtp.isp.example", "smtp2.isp.example", "mail.hosted.example", "webmail.hosted.example", "mail.business.example")


#: Days until the lab's certificate ends: more than the notice that Postern's guard gives.
DAYS = 30


_HOUR = 3600
_DAY = 24 * _HOUR


def _ends_before(certificate: Path, seconds: int) -> bool:
    """Whether it ends within so many seconds, as one of an earlier run of the lab may."""
    check = ["openssl", "x509", "-noout", "-checkend", str(seconds), "-in", str(certificate)]
    return subprocess.run(check, capture_output=True).returncode != 0


def ensure_certificate(directory: Path, days: int = DAYS) -> Path:
    """The path of a file with key and certificate that ends in so many days, but for some hours; made if there is none."""
    path = directory / "lab-key-and-certificate.pem"
    if not path.exists() or _ends_before(path, days * _DAY - 12 * _HOUR):
        directory.mkdir(parents=True, exist_ok=True)
        key, certificate = directory / "key.pem", directory / "certificate.pem"
        names = ",".join(f"DNS:{name}" for name in NAMES)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            + ["-days", str(days), "-subj", f"/CN={NAMES[0]}", "-addext", f"subjectAltName={names}"]
            + ["-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        path.touch(0o600)
        path.write_text(key.read_text() + certificate.read_text())
    return path


def trusted(directory: Path) -> Path:
    """The certificate alone, for clients to trust."""
    ensure_certificate(directory)
    return directory / "certificate.pem"
