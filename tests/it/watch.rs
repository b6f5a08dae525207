//! `leakscope watch` in a real terminal, tmux, against a Go program that runs. What it shows is in `testdata/watch/live.80x24.txt`;
//! `LEAKSCOPE_WRITE=1` writes it. The view is paused, so that nothing is fetched but what the test asks for.
#![expect(clippy::disallowed_methods, reason = "a test waits for a screen, and may write what it expects")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::support;
use crate::support::server::Server;

/// How long a screen may take to show something: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal of 80 × 24 in a tmux server of its own, which ends with this value.
struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    /// `None` without tmux.
    #[track_caller]
    fn start() -> Option<Self> {
        if !Command::new("tmux").arg("-V").output().is_ok_and(|it| it.status.success()) {
            support::skipped::record("there is no tmux on PATH");
            return None;
        }
        let tmux = Tmux { folder: tempfile::tempdir().expect("the temporary folder can be written") };
        tmux.run(&["new-session", "-d", "-x", "80", "-y", "24", "sh"]);
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-f", "/dev/null", "-S"])
            .arg(self.folder.path().join("socket"))
            .args(arguments)
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .env("PS1", "")
            .env_remove("TMUX")
            .output()
            .expect("tmux was found just before");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    /// Types a line.
    fn line(&self, line: &str) {
        self.run(&["send-keys", "-l", line]);
        self.keys(&["Enter"]);
    }

    /// The screen, as soon as it shows these texts.
    #[track_caller]
    fn wait(&self, texts: &[&str]) -> String {
        let started = Instant::now();
        loop {
            let screen = self.run(&["capture-pane", "-p"]);
            if texts.iter().all(|text| screen.contains(text)) {
                return screen;
            }
            assert!(started.elapsed() < PATIENCE, "{texts:?} do not appear:\n{screen}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the end of the view, and checks its exit code and that the terminal is as before.
    #[track_caller]
    fn ended(&self, code: u8) {
        self.wait(&[&format!("ended {code} icanon echo 1")]);
        let modes = self.run(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(modes.trim(), "0 1", "the alternate screen is left, and the cursor is back");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let socket = self.folder.path().join("socket");
        // If it has ended by itself there is nothing left to end.
        let _ = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output();
    }
}

/// Runs a line and then says how the terminal was left.
fn and_then_say(command: &str) -> String {
    let modes = "stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo | sort -r | tr '\\n' ' '";
    format!("clear; {command}; echo ended $? $({modes}) $(expr 1)")
}

fn work(server: &Server, n: u32) {
    let mut stream = TcpStream::connect(&server.address).expect("the program listens");
    write!(stream, "GET /work?n={n} HTTP/1.0\r\n\r\n").expect("the program reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the program answers");
    assert!(answer.contains(" 200 "), "{answer}");
}

/// The screen with what differs from run to run replaced: the address, times, sizes, durations.
fn plain(screen: &str, server: &Server) -> String {
    let mut out = String::new();
    for line in screen.replace(&server.address, "HOST").lines() {
        // Each request has goroutines of its own, which may have ended or not.
        let line = match line.trim_end() {
            line if line.starts_with(" cost ") => " cost …",
            line if line.contains(" goroutines +") && line.contains("PAUSED") => " … goroutines  PAUSED",
            line => line,
        };
        let bytes = line.as_bytes();
        let mut at = 0;
        while let Some(c) = line.get(at..).and_then(|rest| rest.chars().next()) {
            let is_time = |it: &&[u8]| {
                it.iter().zip(b"00:00:00").all(|(a, b)| a == b || (*b == b'0' && a.is_ascii_digit()))
            };
            if bytes.get(at..at + 8).as_ref().is_some_and(is_time) {
                out.push_str("TT:TT:TT");
                at += 8;
            } else {
                out.push(c);
                at += c.len_utf8();
            }
        }
        out.push('\n');
    }
    // How long it grew depends on the machine.
    let words: Vec<String> = out.lines().map(without_duration).collect();
    words.join("\n") + "\n"
}

/// `in 5.3 s,` becomes `in N s,`.
fn without_duration(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" in ") else { return line.to_owned() };
    match rest.split_once(" s,") {
        Some((number, after)) if number.parse::<f64>().is_ok() => format!("{before} in N s,{after}"),
        _ => line.to_owned(),
    }
}

#[test]
fn a_live_program() {
    let Some(server) = Server::start("sendtimeout", &[]) else { return };
    let Some(tmux) = Tmux::start() else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let binary = env!("CARGO_BIN_EXE_leakscope");
    let output = folder.path().to_str().expect("folders of tests are text");
    work(&server, 5);
    let source = support::root("testdata/programs");
    let options = format!("--every 1h --output {output} --source {}", source.display());
    tmux.line(&and_then_say(&format!("{binary} watch {} {options}", server.address)));
    tmux.wait(&["    5    0", "priceOf.func1"]);
    tmux.keys(&["p"]);
    tmux.wait(&["PAUSED"]);
    for count in [15, 25, 35, 45] {
        work(&server, 10);
        tmux.keys(&["r"]);
        tmux.wait(&[&format!("{count}  +{}", count - 5), "priceOf.func1"]);
    }
    tmux.keys(&["/", "priceOf", "Enter"]);
    let list = tmux.wait(&["45  +40", "/priceOf (1 row", "q quit"]);
    tmux.keys(&["Enter"]);
    let detail = tmux.wait(&[
        "because",
        "(inferred)",
        "source   confirmed",
        "stack    main.priceOf.func1  sendtimeout/main.go:28",
    ]);
    // A traceback asks first; then it is known who started them.
    tmux.keys(&["t"]);
    tmux.wait(&["A traceback of", "y or Enter"]);
    tmux.keys(&["y"]);
    tmux.wait(&["started  main.priceOf  sendtimeout/main.go:25\n"]);
    tmux.keys(&["w"]);
    tmux.wait(&["saved "]);
    let shown = format!("{}\n{}", plain(&list, &server), plain(&detail, &server));
    let path = support::root("testdata/watch/live.80x24.txt");
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        fs::write(&path, &shown).expect("testdata can be written");
    }
    assert_eq!(shown, fs::read_to_string(&path).expect("the screen is there"), "{shown}");
    tmux.keys(&["q"]);
    tmux.ended(0);
    // The first and the last snapshot show the growth to anyone who has the folder.
    let captures = Path::new(output).join("captures");
    assert_eq!(support::entries(&captures).len(), 2);
    let captures = captures.to_str().expect("folders of tests are text");
    let document = support::document(&support::leakscope(&["diff", captures, "--format", "json"]));
    assert_eq!(document["groups"][0]["counts"], serde_json::json!([5, 45]));
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let Some(server) = Server::start("sendtimeout", &[]) else { return };
    let Some(tmux) = Tmux::start() else { return };
    let binary = env!("CARGO_BIN_EXE_leakscope");
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let watch = format!(
            "sh -c 'echo $$ > {}/pid; exec {binary} watch {}'",
            tmux.folder.path().display(),
            server.address
        );
        tmux.line(&and_then_say(&watch));
        tmux.wait(&["goroutines", "count gain"]);
        let id = fs::read_to_string(tmux.folder.path().join("pid")).expect("the shell wrote its ID");
        let sent = Command::new("kill").args([&format!("-{signal}"), id.trim()]).status();
        assert!(sent.is_ok_and(|it| it.success()));
        tmux.ended(code);
    }
}

#[test]
fn a_terminal_that_is_closed_ends_it() {
    let Some(server) = Server::start("sendtimeout", &[]) else { return };
    let Some(tmux) = Tmux::start() else { return };
    let binary = env!("CARGO_BIN_EXE_leakscope");
    let ended = tmux.folder.path().join("ended");
    // The shell outlives the terminal, and says how the view ended.
    let script = format!("trap '' HUP; {binary} watch {}; echo $? > {}", server.address, ended.display());
    let path = tmux.folder.path().join("script");
    fs::write(&path, script).expect("the temporary folder can be written");
    tmux.line(&format!("sh {}", path.display()));
    tmux.wait(&["goroutines", "count gain"]);
    tmux.run(&["kill-server"]);
    let started = Instant::now();
    while !ended.is_file() || fs::read_to_string(&ended).is_ok_and(|it| it.is_empty()) {
        assert!(started.elapsed() < PATIENCE, "it goes on without a terminal");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fs::read_to_string(&ended).expect("it was just there").trim(), "129");
}

#[test]
fn a_pipe_is_no_terminal() {
    let output = support::leakscope(&["watch", "localhost:6060"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("watch needs a terminal") && said.contains("leakscope fetch localhost:6060"),
        "{said}"
    );
}
