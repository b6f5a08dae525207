//! The programs of `testdata/programs`, built and running.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use crate::support;

/// The folder of the built programs, which are built once in each run; `None` without Go.
#[track_caller]
pub(crate) fn programs() -> Option<&'static Path> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    // Asked by each test, so that each is recorded as skipped.
    let go = support::go()?;
    let built = BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
        std::fs::create_dir_all(&folder).expect("cargo's folder for tests can be written");
        let build = Command::new(go)
            .args(["build", "-o"])
            .arg(&folder)
            .args(["./sendtimeout", "./pool", "./many", "./shop", "./load", "./heaphold", "./fleet"])
            .current_dir(support::root("testdata/programs"))
            .env("GOPROXY", "off")
            .output()
            .expect("go was found just before");
        assert!(build.status.success(), "go build: {}", String::from_utf8_lossy(&build.stderr));
        folder
    });
    Some(built)
}

/// A program that serves, for as long as this value lives.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Server {
    /// `None` without Go.
    #[track_caller]
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Option<Self> {
        let mut child = Command::new(programs()?.join(program))
            .args(["-addr", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let stdout = child.stdout.take().expect("it is piped");
        let mut server = Self { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("the program prints its address");
        let address = line.trim_end().strip_prefix("listening on ");
        server.address = address.unwrap_or_else(|| panic!("{program} says {line:?}")).to_owned();
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it has ended by itself there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
