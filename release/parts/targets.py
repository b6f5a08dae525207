"""The platforms that a release is built for, with the name that each registry has for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A platform, by Rust's name for it."""

    triple: str
    #: Debian's architecture; empty if there is no package.
    debian: str
    #: The tags of a Python wheel.
    wheel: str
    #: npm's `os` and `cpu`.
    npm: tuple[str, str]
    #: Go's GOOS and GOARCH, which krew uses too.
    go: tuple[str, str]
    #: Whether zig links it on any machine; others need their own linker.
    zig: bool

    @property
    def is_windows(self) -> bool:
        return "windows" in self.triple

    @property
    def program(self) -> str:
        """The name of the program's file."""
        return "leakscope.exe" if self.is_windows else "leakscope"


TARGETS = [
    Target(
        triple="x86_64-unknown-linux-musl",
        debian="amd64",
        wheel="manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        npm=("linux", "x64"),
        go=("linux", "amd64"),
        zig=True,
    ),
    Target(
        triple="aarch64-unknown-linux-musl",
        debian="arm64",
        wheel="manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        npm=("linux", "arm64"),
        go=("linux", "arm64"),
        zig=True,
    ),
    Target(
        triple="x86_64-pc-windows-gnu",
        debian="",
        wheel="win_amd64",
        npm=("win32", "x64"),
        go=("windows", "amd64"),
        zig=False,
    ),
    Target(
        triple="x86_64-apple-darwin",
        debian="",
        wheel="macosx_10_12_x86_64",
        npm=("darwin", "x64"),
        go=("darwin", "amd64"),
        zig=False,
    ),
    Target(
        triple="aarch64-apple-darwin",
        debian="",
        wheel="macosx_11_0_arm64",
        npm=("darwin", "arm64"),
        go=("darwin", "arm64"),
        zig=False,
    ),
]


def target(triple: str) -> Target:
    """The platform with this name."""
    for candidate in TARGETS:
        if candidate.triple == triple:
            return candidate
    known = ", ".join(it.triple for it in TARGETS)
    raise SystemExit(f"{triple}: not a target of a release; it is one of {known}")
