"""npm packages: one for each platform with the program, and one that depends on them and runs the right one, as esbuild has it."""

import json
from pathlib import Path

from .archive import Files, tar_gz
from .project import ROOT, Project
from .targets import Target


def platform_name(project: Project, target: Target) -> str:
    """The package of a platform: `@leakscope/linux-x64`."""
    return f"@{project.name}/{'-'.join(target.npm)}"


def platform(project: Project, target: Target, program: Path, epoch: int, out: Path) -> Path:
    """Writes the package of a platform."""
    system, cpu = target.npm
    manifest = described(project, platform_name(project, target)) | {
        "description": f"The program of {project.name} for {system} {cpu}",
        "os": [system],
        "cpu": [cpu],
        "preferUnplugged": True,
    }
    files: Files = {
        "package/package.json": (text(manifest), False),
        f"package/bin/{target.program}": (program.read_bytes(), True),
        **licence_files(),
    }
    path = out / f"{project.name}-{system}-{cpu}-{project.version}.tgz"
    path.write_bytes(tar_gz(files, epoch))
    return path


def main_package(project: Project, targets: list[Target], epoch: int, out: Path) -> Path:
    """Writes the package that people install."""
    manifest = described(project, project.name) | {
        "description": project.description,
        "bin": {project.name: "bin/leakscope.js"},
        "engines": {"node": ">=16"},
        "optionalDependencies": {platform_name(project, target): project.version for target in targets},
    }
    script = (ROOT / "release/templates/npm/leakscope.js").read_bytes()
    files: Files = {
        "package/package.json": (text(manifest), False),
        "package/bin/leakscope.js": (script, True),
        "package/README.md": ((ROOT / "README.md").read_bytes(), False),
        **licence_files(),
    }
    path = out / f"{project.name}-{project.version}.tgz"
    path.write_bytes(tar_gz(files, epoch))
    return path


def described(project: Project, name: str) -> dict:
    """What each package.json has."""
    return {
        "name": name,
        "version": project.version,
        "license": project.license.replace("MIT OR Apache-2.0", "(MIT OR Apache-2.0)"),
        "repository": {"type": "git", "url": f"git+{project.repository}.git"},
    }


def licence_files() -> Files:
    """The licences."""
    return {f"package/{name}": ((ROOT / name).read_bytes(), False) for name in ("LICENSE-MIT", "LICENSE-APACHE")}


def text(manifest: dict) -> bytes:
    """JSON as npm writes it."""
    return (json.dumps(manifest, indent=2) + "\n").encode()
