"""Archives whose bytes depend only on their content: sorted names, one time, no owner."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

#: A file of an archive: its bytes, and whether it is a program.
Files = dict[str, tuple[bytes, bool]]


def tar_gz(files: Files, epoch: int) -> bytes:
    """A `.tar.gz`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (content, executable) in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), epoch, 0o755 if executable else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), compresslevel=9, mtime=epoch)


def zip_file(files: Files, epoch: int) -> bytes:
    """A `.zip`, which a Python wheel is too."""
    time = datetime.fromtimestamp(epoch, timezone.utc).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, (content, executable) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, time)
            entry.create_system = 3
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def sha256(path: Path) -> str:
    """The SHA-256 sum of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
