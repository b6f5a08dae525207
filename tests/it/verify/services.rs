//! From a leak to a gate that passes: fetch, fix, verify, apply, gate.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use super::has_goleak;
use crate::support;

/// A program that ends with this value.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `127.0.0.1` with a port that is free now.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    listener.expect("there is one").to_string()
}

/// A service as people write it, from its leak to a gate that passes: captures under load, a patch, the same load before and after, the
/// patch applied, the gate.
fn from_the_leak_to_a_gate_that_passes(service: &str, program: &str, path: &str, more: &str, line: &str) {
    let (Some(go), true) = (support::go(), support::has_tool("git")) else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let run = |folder: &Path, program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).env("GOFLAGS", "-buildvcs=false");
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        said
    };
    for name in [service, "tools"] {
        let copy = folder.path().join(name);
        run(
            folder.path(),
            "cp",
            &[
                "-r",
                &support::root("testdata/services").join(name).display().to_string(),
                &copy.display().to_string(),
            ],
        );
    }
    let source = folder.path().join(service);
    let at = |name: &str| folder.path().join(name).display().to_string();
    run(&folder.path().join("tools"), go, &["build", "-o", &at("bin/"), "./..."]);
    let git = |arguments: &[&str]| {
        run(&source, "git", &[&["-c", "user.name=a", "-c", "user.email=a@b"], arguments].concat())
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", service]);
    let (http, debug, upstream) = (free_address(), free_address(), free_address());
    let _upstream = Command::new(at("bin/upstream")).args(["-http", &upstream]).spawn().map(Running);

    let more = more.replace("{upstream}", &upstream);
    let arguments = format!("-http {http} -debug {debug} {more}");
    let server = format!("go run ./cmd/{program} {arguments}");
    let load = [&at("bin/load"), "-rate", "60", "-for", "2s", &format!("http://{http}{path}")];
    let gate = |captures: &str| {
        let built = at(captures) + "-server";
        run(&source, go, &["build", "-o", &built, &format!("./cmd/{program}")]);
        let (captures, server) = (at(captures), format!("{built} {arguments}"));
        let flags = ["gate", "--isolated", "--server", &server, "--target", &debug];
        let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args([&flags[..], &["--save", &captures, "--"], &load].concat())
            .current_dir(&source)
            .output()
            .expect("the binary is built for this test");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, said) = gate("before");
    assert_eq!(code, Some(1), "{said}");
    let flags = ["fix", &at("before"), "--source", &source.display().to_string(), "--verify", "--apply"];
    let output =
        support::leakscope(&[&flags[..], &["--server", &server, "--target", &debug, "--"], &load].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" load: the gate fails before, passes after\n"), "{said}");
    assert!(git(&["diff"]).contains(&format!("\n+{line}\n")), "{said}");
    let (code, said) = gate("after");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn quotes_from_its_leak_to_a_gate_that_passes() {
    let line = "\tres := make(chan []float64, 1)";
    from_the_leak_to_a_gate_that_passes("quotes", "quotesd", "/history?s=RAND", "", line);
}

#[test]
fn geo_from_its_leak_to_a_gate_that_passes() {
    let upstream = "-upstream http://{upstream}";
    from_the_leak_to_a_gate_that_passes("geo", "geo", "/city?ip=RAND", upstream, "\tdefer resp.Body.Close()");
}

/// The program of the page on fixes, with the lines that the page shows.
#[test]
fn the_program_of_the_page_from_its_leak_to_a_gate_that_passes() {
    let (Some(go), true) = (support::go(), support::has_tool("git")) else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    if !has_goleak(folder.path()) {
        return;
    }
    let source = folder.path().join("programs");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&source).env("GOFLAGS", "-buildvcs=false");
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let git = |arguments: &[&str]| {
        run("git", &[&["-c", "user.name=a", "-c", "user.email=a@b"], arguments].concat())
    };
    std::fs::create_dir(&source).expect("the folder was made");
    for name in ["go.mod", "sendtimeout/main.go", "serve/serve.go"] {
        let copy = source.join(name);
        std::fs::create_dir_all(copy.parent().expect("it is in a folder")).expect("the folder was made");
        std::fs::copy(support::root("testdata/programs").join(name), copy).expect("it can be copied");
    }
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "programs"]);

    run(go, &["build", "-o", &at("server"), "./sendtimeout"]);
    let mut server = Command::new(at("server"));
    let server = server.stdout(Stdio::piped()).spawn().map(Running);
    let mut server = server.expect("it was built just before");
    let mut line = String::new();
    let mut reader = BufReader::new(server.0.stdout.take().expect("it is a pipe"));
    reader.read_line(&mut line).expect("it prints its address");
    let address = line.trim().strip_prefix("listening on ").expect("it prints its address").to_owned();
    let work = |address: &str| {
        use std::io::Read;
        use std::io::Write;
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        write!(stream, "GET /work?n=30 HTTP/1.0\r\n\r\n").expect("it reads");
        stream.read_to_end(&mut Vec::new()).expect("it answers");
    };
    work(&address);
    let fetched = support::leakscope(&["fetch", &address, "--save", &at("captures"), "--no-source"]);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    drop(server);

    let flags = ["fix", &at("captures"), "--source", &at("programs"), "--verify", "--apply"];
    let fixed = support::leakscope(&flags);
    let said = String::from_utf8_lossy(&fixed.stderr).into_owned();
    assert_eq!(fixed.status.code(), Some(0), "{said}");
    let page = String::from_utf8(support::read(&support::root("docs/fix.md"))).expect("it is text");
    let begins = said.find("# go build: ").expect("it was built");
    let ends = said.find("wrote ").unwrap_or(said.len());
    assert!(page.contains(&said[begins..ends]), "{said}");

    run(go, &["build", "-o", &at("fixed"), "./sendtimeout"]);
    let address = free_address();
    let server = format!("{} -addr {address}", at("fixed"));
    run(
        go,
        &["build", "-o", &at("load"), &support::root("testdata/programs/load/main.go").display().to_string()],
    );
    let gate = ["gate", "--isolated", "--server", &server, "--target", &address, "--"];
    let gate =
        support::leakscope(&[&gate[..], &[&at("load"), &format!("http://{address}/work?n=30")]].concat());
    let said = String::from_utf8_lossy(&[gate.stdout, gate.stderr].concat()).into_owned();
    assert_eq!(gate.status.code(), Some(0), "{said}");
}
