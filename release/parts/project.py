"""What Cargo.toml says of the project: name, version, repository. It is the one place that says so."""

import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """The fields of Cargo.toml that packages repeat."""

    name: str
    version: str
    description: str
    license: str
    repository: str

    @property
    def owner(self) -> str:
        """The owner of the repository."""
        return self.repository.rstrip("/").split("/")[-2]

    @property
    def downloads(self) -> str:
        """The address below which a release of this version keeps its files."""
        return f"{self.repository}/releases/download/v{self.version}"


def project() -> Project:
    """Reads Cargo.toml."""
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    fields = ("name", "version", "description", "license", "repository")
    return Project(**{field: package[field] for field in fields})


def git(*arguments: str) -> str:
    """What git prints, without the end of the line."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def commit() -> str:
    """The commit that is built."""
    return git("rev-parse", "HEAD")


def epoch() -> int:
    """The time of that commit, in seconds since 1970: the time of every file in an archive."""
    return int(git("log", "-1", "--format=%ct"))
