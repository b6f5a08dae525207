"""A Debian package, by dpkg-deb."""

import gzip
import os
import subprocess
import tempfile
from pathlib import Path

from .project import ROOT, Project
from .targets import Target

#: Where Debian looks for completions.
COMPLETIONS = {
    "leakscope.bash": "usr/share/bash-completion/completions/leakscope",
    "_leakscope": "usr/share/zsh/vendor-completions/_leakscope",
    "leakscope.fish": "usr/share/fish/vendor_completions.d/leakscope.fish",
}


def package(
    project: Project,
    target: Target,
    program: Path,
    completions: dict[str, bytes],
    manual: dict[str, bytes],
    epoch: int,
    out: Path,
) -> Path:
    """Writes the package, and returns its path."""
    path = out / f"{project.name}_{project.version}_{target.debian}.deb"
    changes = f"{project.name} ({project.version}) stable; urgency=medium\n\n  * See CHANGELOG.md in the repository.\n\n"
    date = subprocess.run(
        ["date", "-R", "-u", "-d", f"@{epoch}"], check=True, capture_output=True, text=True
    ).stdout.strip()
    changes += f" -- {MAINTAINER}  {date}\n"
    files: dict[str, tuple[bytes, int]] = {
        "usr/bin/leakscope": (program.read_bytes(), 0o755),
        "usr/share/doc/leakscope/copyright": (copyright_file(project), 0o644),
        "usr/share/doc/leakscope/changelog.gz": (gzip.compress(changes.encode(), 9, mtime=0), 0o644),
        "usr/share/lintian/overrides/leakscope": (OVERRIDES.encode(), 0o644),
    }
    for name, place in COMPLETIONS.items():
        files[place] = (completions[name], 0o644)
    for name, page in manual.items():
        files[f"usr/share/man/man1/{name}.gz"] = (gzip.compress(page, 9, mtime=0), 0o644)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        for place, (content, mode) in files.items():
            file = root / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
        size = sum(len(content) for content, _ in files.values()) // 1024 + 1
        (root / "DEBIAN").mkdir()
        (root / "DEBIAN/control").write_text(control(project, target, size))
        for entry in [root, *root.rglob("*")]:
            if entry.is_dir():
                entry.chmod(0o755)
            os.utime(entry, (epoch, epoch))
        subprocess.run(
            ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", str(root), str(path)],
            env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return path


MAINTAINER = "leakscope authors <leakscope@users.noreply.github.com>"

OVERRIDES = """\
# One static program runs on every version of Debian.
leakscope: statically-linked-binary
# It is not part of Debian, so there is no bug to close.
leakscope: initial-upload-closes-no-bugs
"""


def control(project: Project, target: Target, size: int) -> str:
    """The package's description."""
    return f"""\
Package: {project.name}
Version: {project.version}
Architecture: {target.debian}
Maintainer: {MAINTAINER}
Installed-Size: {size}
Section: devel
Priority: optional
Recommends: ca-certificates
Homepage: {project.repository}
Description: find leaking goroutines in Go services
 leakscope pulls the goroutine profiles of a running Go process, or reads saved
 ones, and reports which stacks grow, where their goroutines were started, what
 they wait for, and the likely fix.
"""


def copyright_file(project: Project) -> bytes:
    """The licence, in Debian's form."""
    mit = (ROOT / "LICENSE-MIT").read_text()
    text = "\n".join(" ." if not line.strip() else f" {line}" for line in mit.strip().splitlines())
    return f"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {project.name}
Source: {project.repository}

Files: *
Copyright: leakscope authors
License: Apache-2.0 or Expat

License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.

License: Expat
{text}
""".encode()
