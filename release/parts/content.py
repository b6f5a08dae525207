"""What an archive holds beside the program: licences, a list of parts, completions, manual pages."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .project import ROOT, Project, epoch
from .targets import Target

#: A shell, and the name of its completion script.
COMPLETIONS = {
    "bash": "leakscope.bash",
    "elvish": "leakscope.elv",
    "fish": "leakscope.fish",
    "powershell": "_leakscope.ps1",
    "zsh": "_leakscope",
}


def completions(program: Path) -> dict[str, bytes]:
    """The completion script of each shell, by its file name."""
    run = lambda shell: subprocess.run([program, "completions", shell], check=True, capture_output=True).stdout
    return {name: run(shell) for shell, name in COMPLETIONS.items()}


def manual(program: Path) -> dict[str, bytes]:
    """The manual pages, by their file names."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "man", folder], check=True)
        return {page.name: page.read_bytes() for page in sorted(Path(folder).iterdir())}


def packages(target: Target) -> list[dict]:
    """The crates that are part of the program, by `cargo metadata`: no development and no build dependencies."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target.triple]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    reached, next_ids = set(), [metadata["resolve"]["root"]]
    while next_ids:
        package = next_ids.pop()
        if package in reached:
            continue
        reached.add(package)
        for dependency in nodes[package]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                next_ids.append(dependency["pkg"])
    parts = [package for package in metadata["packages"] if package["id"] in reached]
    return sorted(parts, key=lambda it: (it["name"], it["version"]))


def licences(target: Target) -> bytes:
    """The licence of each part, with the texts that its authors ship."""
    texts: dict[str, list[str]] = {}
    parts = []
    for package in packages(target):
        label = f"{package['name']} {package['version']}"
        if package["source"] is None:
            continue
        parts.append(f"{label}: {package['license'] or 'see its licence file'}")
        folder = Path(package["manifest_path"]).parent
        for file in sorted(folder.iterdir()):
            if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")) and file.is_file():
                texts.setdefault(file.read_text(errors="replace").strip(), []).append(label)
    lines = ["leakscope contains these libraries.", "", *parts, ""]
    for text, labels in sorted(texts.items(), key=lambda it: it[1]):
        lines += ["=" * 80, ", ".join(labels), "=" * 80, text, ""]
    return "\n".join(lines).encode()


def bill_of_materials(project: Project, target: Target) -> bytes:
    """The parts as CycloneDX, by cargo-cyclonedx."""
    if shutil.which("cargo-cyclonedx") is None:
        raise SystemExit("the list of parts needs cargo-cyclonedx (cargo install cargo-cyclonedx --locked)")
    made = ROOT / f"{project.name}_bin.cdx.json"
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch())}
    command = ["cargo", "cyclonedx", "--format", "json", "--target", target.triple, "--no-build-deps"]
    command += ["--describe", "binaries", "--spec-version", "1.5"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    document = json.loads(made.read_text())
    for leftover in [*ROOT.glob("*.cdx.json"), *(ROOT / "src").rglob("*.cdx.json")]:
        leftover.unlink()
    # Differs from run to run, and names folders of this machine.
    document.pop("serialNumber", None)
    text = json.dumps(document, indent=1, sort_keys=True).replace(f"path+file://{ROOT}", "path+file:///leakscope")
    return text.encode()
