"""Compiles leakscope for a target, so that the same commit gives the same bytes on every machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .project import ROOT, commit, epoch
from .targets import Target


def compile_for(target: Target, profile: str, target_dir: Path) -> Path:
    """Runs cargo, and returns the program. zig links the static Linux programs: it brings musl and a C compiler for both
    processors, in one Python wheel that pip pins."""
    command = ["cargo", "build"]
    if target.zig:
        if shutil.which("cargo-zigbuild") is None:
            raise SystemExit(f"{target.triple}: needs cargo-zigbuild and zig (pip install -r release/requirements.txt)")
        command = ["cargo", "zigbuild"]
    command += ["--locked", "--profile", profile, "--target", target.triple, "--target-dir", str(target_dir)]
    subprocess.run(command, cwd=ROOT, env=environment(target), check=True)
    folder = "debug" if profile == "dev" else profile
    return target_dir / target.triple / folder / target.program


def environment(target: Target) -> dict[str, str]:
    """Names the commit, and takes this machine's folders out of the program."""
    environment = dict(os.environ)
    cargo_home = Path(environment.get("CARGO_HOME", Path.home() / ".cargo"))
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    renamed = {str(ROOT): "/leakscope", str(cargo_home): "/cargo", sysroot: "/rust"}
    flags = [f"--remap-path-prefix={real}={shown}" for real, shown in renamed.items()]
    # A panic ends the program, so nothing walks its stack.
    flags.append("-Cforce-unwind-tables=no")
    if target.zig:
        # Relative to the folder of the package, because cargo makes the names of symbols from the flags.
        flags.append("-Clink-arg=-Wl,-T,release/parts/no-unwind-tables.ld")
    maps = " ".join(f"-ffile-prefix-map={real}={shown}" for real, shown in renamed.items())
    environment |= {
        "LEAKSCOPE_COMMIT": commit(),
        "SOURCE_DATE_EPOCH": str(epoch()),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CFLAGS": maps,
        "CARGO_INCREMENTAL": "0",
    }
    return environment


def runnable(target: Target) -> bool:
    """Whether this machine runs programs of the target as they are."""
    machine = os.uname().machine.replace("arm64", "aarch64") if hasattr(os, "uname") else "x86_64"
    system = {"linux": "linux", "darwin": "apple-darwin", "win32": "windows"}.get(sys.platform, sys.platform)
    return target.triple.startswith(machine) and system in target.triple
