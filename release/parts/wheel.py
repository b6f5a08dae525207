"""A Python wheel that holds the program alone, for `uvx` and `pipx`.

maturin would compile the program again, with flags of its own. This packs the one that every other package has.
"""

import base64
import hashlib
from pathlib import Path

from .archive import Files, zip_file
from .project import ROOT, Project
from .targets import Target


def wheel(project: Project, target: Target, program: Path, epoch: int, out: Path) -> Path:
    """Writes the wheel, and returns its path."""
    tag = f"py3-none-{target.wheel}"
    info = f"{project.name}-{project.version}.dist-info"
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in target.wheel.split("."))
    readme = (ROOT / "README.md").read_text()
    files: Files = {
        f"{project.name}-{project.version}.data/scripts/{target.program}": (program.read_bytes(), True),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: release/build\nRoot-Is-Purelib: false\n{tags}".encode(), False),
        f"{info}/METADATA": (metadata(project, readme).encode(), False),
        f"{info}/licenses/LICENSE-MIT": ((ROOT / "LICENSE-MIT").read_bytes(), False),
        f"{info}/licenses/LICENSE-APACHE": ((ROOT / "LICENSE-APACHE").read_bytes(), False),
    }
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={digest(content)},{len(content)}\n" for name, (content, _) in sorted(files.items())]
    files[record] = ("".join([*lines, f"{record},,\n"]).encode(), False)
    path = out / f"{project.name}-{project.version}-{tag}.whl"
    path.write_bytes(zip_file(files, epoch))
    return path


def digest(content: bytes) -> str:
    """A SHA-256 sum as RECORD has it: base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def metadata(project: Project, readme: str) -> str:
    """The description of the package, as in PEP 566 and PEP 639."""
    return f"""\
Metadata-Version: 2.4
Name: {project.name}
Version: {project.version}
Summary: {project.description}
Project-URL: Repository, {project.repository}
License-Expression: {project.license}
License-File: LICENSE-MIT
License-File: LICENSE-APACHE
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{readme}"""
