//! The server of the shared folder that misbehaves on purpose.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

use crate::support;

/// The server, for as long as this value lives.
pub(crate) struct Faulty {
    child: Child,
    /// Where each kind of port is.
    pub(crate) ports: BTreeMap<String, u16>,
    /// The authority that signed the good certificate.
    pub(crate) ca: PathBuf,
}

impl Faulty {
    /// `None` without the shared folder. `folder` takes what the server reads.
    #[track_caller]
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let shared = support::shared()?.canonicalize().expect("the folder is there");
        let home = folder.join("faulty");
        fs::create_dir_all(&home).expect("a folder is made");
        // The server looks for what it sends beside itself.
        for name in ["faulty_server.py", "pb.py", "profiles"] {
            std::os::unix::fs::symlink(shared.join("faulty").join(name), home.join(name))
                .expect("a link is made");
        }
        let certificates = support::root("testdata/tls");
        std::os::unix::fs::symlink(&certificates, home.join("certs")).expect("a link is made");
        hostile(&home.join("hostile"));
        let mut child = Command::new("python3")
            .args(["-B", "faulty_server.py", "--life-seconds", "600"])
            .current_dir(&home)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the faulty server needs python3");
        let stdout = child.stdout.take().expect("it is piped");
        let mut faulty = Self { child, ports: BTreeMap::new(), ca: certificates.join("ca.crt") };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("the server prints its ports");
        faulty.ports = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        Some(faulty)
    }

    /// What the control endpoint says.
    pub(crate) fn control(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.ports["http"])).expect("the server listens");
        write!(stream, "GET /control/{what} HTTP/1.1\r\nHost: x\r\n\r\n").expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        serde_json::from_str(body).expect("the control endpoint speaks JSON")
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        // If it has ended by itself there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Profiles of a hostile process, in the places from which the server sends them.
fn hostile(folder: &Path) {
    for part in ["labels", "names", "values"] {
        fs::create_dir_all(folder.join(part)).expect("a folder is made");
    }
    let secrets = "goroutine profile: total 7\n7 @ 0x1 0x2\n\
        # labels: {\"authorization\":\"Bearer s3cr3t-label\", \"path\":\"/a?token=s3cr3t-query\"}\n\
        #\t0x1\tmain.wait+0x1\t/srv/a.go:1\n#\t0x2\tmain.main+0x1\t/srv/a.go:2\n\n";
    let escapes = "goroutine 1 [select]:\nmain.\x1b[2J\x1b]0;pwned\x07run(0x1)\n\t/srv/\x1b[1A/a.go:1 +0x1\n\
        created by main.main in goroutine 2\n\t/srv/a.go:2 +0x1\n\n";
    fs::write(folder.join("labels/secret.pb.gz"), secrets).expect("a file is written");
    fs::write(folder.join("names/ansi_clear.pb.gz"), escapes).expect("a file is written");
    // A kind of profile whose name is a path: its one sample type, and no sample.
    let mut traversal = vec![0x0a, 0x04, 0x08, 0x01, 0x10, 0x02, 0x32, 0x00];
    for text in ["/../../PWNED_sampletype", "count"] {
        traversal.extend([0x32, u8::try_from(text.len()).expect("it is short")]);
        traversal.extend(text.as_bytes());
    }
    fs::write(folder.join("values/type_traversal.pb.gz"), traversal).expect("a file is written");
}
