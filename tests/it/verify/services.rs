//! From a leak to a gate that passes: the blocks of `docs/fix.md`, run as they are printed.

use std::path::Path;
use std::process::Command;

use super::has_goleak;
use crate::support;

/// A port of this machine that is free now, on the address that the page names.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    listener.expect("there is one").to_string()
}

/// A command of a block, and the lines that it prints.
struct Step {
    command: String,
    printed: Vec<String>,
}

/// The block of the page that begins with a command.
fn block(first: &str) -> Vec<Step> {
    let page = String::from_utf8(support::read(&support::root("docs/fix.md"))).expect("it is text");
    let (_, block) = page.split_once(&format!("```text\n$ {first}")).expect("the page has it");
    let (block, _) = block.split_once("\n```").expect("it ends");
    let mut block = format!("$ {first}{block}");
    for address in ["localhost:6060", "localhost:8080", "localhost:9090"] {
        block = block.replace(address, &free_address());
    }
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            // A machine with other work needs longer.
            Some(command) => {
                steps.push(Step { command: command.replace("sleep 1", "sleep 5"), printed: Vec::new() });
            }
            None => steps.last_mut().expect("it begins with a command").printed.push(line.to_owned()),
        }
    }
    steps
}

/// Whether lines are those of a block: `…` is any text of a line, or any lines if it is all of one.
fn is_as_printed(expected: &[String], lines: &[&str]) -> bool {
    let Some((first, rest)) = expected.split_first() else { return lines.is_empty() };
    if first == "…" {
        return (0..=lines.len()).any(|skipped| is_as_printed(rest, &lines[skipped..]));
    }
    let Some((line, later)) = lines.split_first() else { return false };
    let mut parts = first.split('…');
    let begin = parts.next().unwrap_or_default();
    let mut left = line.strip_prefix(begin);
    let has_gap = first.contains('…');
    for part in parts {
        left = left.and_then(|it| it.rfind(part).map(|at| &it[at + part.len()..]));
    }
    left.is_some_and(|it| it.is_empty() || has_gap && first.ends_with('…')) && is_as_printed(rest, later)
}

/// Runs a block in a copy of a folder of `testdata` that Git stores; each command has to print what the page says.
fn run(folders: &[&str], folder: &str, first: &str) {
    if !support::has_tool("git") || !support::has_tool("bash") {
        return;
    }
    let temporary = tempfile::tempdir().expect("the temporary folder can be written");
    for name in folders {
        let copy = temporary.path().join(name);
        std::fs::create_dir_all(copy.parent().expect("it is in a folder")).expect("the folder was made");
        let from = support::root("testdata").join(name);
        let copied = Command::new("cp").arg("-r").args([&from, &copy]).status().expect("there is cp");
        assert!(copied.success());
    }
    let steps = block(first);
    let program = Path::new(env!("CARGO_BIN_EXE_leakscope"));
    let mut script = format!(
        "trap 'kill $(jobs -p) 2>/dev/null' EXIT\nPATH={}:$PATH\nexport GOFLAGS=-buildvcs=false\ngit init -q && git add . && git -c user.name=a -c user.email=a@b commit -q -m all\n",
        program.parent().expect("it is in a folder").display()
    );
    for step in &steps {
        script.push_str(&format!("echo '@@@'\n{}\n", step.command));
    }
    let script = format!("exec 2>&1\n{script}");
    let output =
        Command::new("bash").args(["-mc", &script]).current_dir(temporary.path().join(folder)).output();
    let output = String::from_utf8_lossy(&output.expect("bash was found just before").stdout).into_owned();
    let printed: Vec<&str> = output.split("@@@\n").skip(1).collect();
    assert_eq!(printed.len(), steps.len(), "{output}");
    for (step, printed) in steps.iter().zip(printed) {
        let lines: Vec<&str> = printed.lines().collect();
        assert!(is_as_printed(&step.printed, &lines), "{}\n{:#?}\n{output}", step.command, step.printed);
    }
}

#[test]
fn the_program_of_the_page_from_its_leak_to_a_gate_that_passes() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    if support::go().is_none() || !has_goleak(folder.path()) {
        return;
    }
    let first = "go build -o server ./sendtimeout";
    run(&["programs/go.mod", "programs/sendtimeout", "programs/serve", "programs/load"], "programs", first);
}

#[test]
fn quotes_from_its_leak_to_a_gate_that_passes() {
    if support::go().is_some() {
        let first = "(cd ../tools && go build -o ../quotes";
        run(&["services/quotes", "services/tools"], "services/quotes", first);
    }
}

#[test]
fn geo_from_its_leak_to_a_gate_that_passes() {
    if support::go().is_some() {
        run(&["services/geo", "services/tools"], "services/geo", "(cd ../tools && go build -o ../geo");
    }
}
