"""Files of other registries, filled with the version, the addresses and the sums of a release."""

from pathlib import Path

from .project import ROOT, Project
from .targets import TARGETS, Target

TEMPLATES = ROOT / "release/templates"


def archive_name(project: Project, target: Target) -> str:
    """The name of a target's archive."""
    extension = "zip" if target.is_windows else "tar.gz"
    return f"{project.name}-{project.version}-{target.triple}.{extension}"


def fill(name: str, project: Project, sums: dict[str, str]) -> str:
    """Fills a template. A target that was not built has a sum that no file has, so that nothing is installed unchecked."""
    values = {
        "VERSION": project.version,
        "REPOSITORY": project.repository,
        "DOWNLOADS": project.downloads,
        "LICENSE": project.license,
        "PLATFORMS": krew_platforms(project, sums),
    }
    for target in TARGETS:
        archive = archive_name(project, target)
        values[f"ARCHIVE:{target.triple}"] = archive
        values[f"SUM:{target.triple}"] = sums.get(archive, NOT_BUILT)
    text = (TEMPLATES / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


NOT_BUILT = "0" * 64


def krew_platforms(project: Project, sums: dict[str, str]) -> str:
    """The platforms of the krew manifest that were built."""
    blocks = []
    for target in TARGETS:
        archive = archive_name(project, target)
        if archive not in sums:
            continue
        system, processor = target.go
        folder = archive.removesuffix(".tar.gz").removesuffix(".zip")
        blocks.append(
            f"""\
    - selector:
        matchLabels:
          os: {system}
          arch: {processor}
      uri: {project.downloads}/{archive}
      sha256: {sums[archive]}
      bin: {target.program}
      files:
        - from: {folder}/{target.program}
          to: .
        - from: {folder}/LICENSE-MIT
          to: ."""
        )
    return "\n".join(blocks)
