//! Lines that are no part of a goroutine, and what they say of the lines after them.

/// What a line says of the lines after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// A goroutine ends here; nothing is known of what follows.
    End,
    /// The frames that follow are no goroutine's: a stack of the scheduler, the report of a race, a failed assertion.
    Foreign,
    /// The message of a panic or of another fatal error follows. It may hold stacks, which are history.
    Panic,
    /// A signal was received: so begins a crash, and each thread that it prints with GOTRACEBACK=crash.
    Signal,
    /// With GOTRACEBACK=crash, Go prints the goroutine of each thread again below such a line.
    Rule,
    /// The number of goroutines that the text claims to list.
    Total(u64),
}

/// The starts of lines that the runtime, `go test`, or the shell writes after a goroutine.
const ENDS: [&str; 9] =
    ["exit status ", "FAIL", "PASS", "ok  \t", "--- ", "=== ", "fatal error: ", "[signal ", "======"];

const FOREIGN: [&str; 4] = ["runtime stack:", "WARNING: DATA RACE", "Error Trace:", "Panic stack:"];

/// What a trimmed line says; `None` if it says nothing.
pub(super) fn marker(line: &str) -> Option<Marker> {
    if FOREIGN.iter().any(|start| line.starts_with(start)) {
        return Some(Marker::Foreign);
    }
    if line.starts_with("panic: ") || line.starts_with("fatal error: ") {
        return Some(Marker::Panic);
    }
    if line.starts_with("SIG") || line.starts_with("PC=0x") {
        return Some(Marker::Signal);
    }
    if line == "-----" {
        return Some(Marker::Rule);
    }
    if let Some(total) = line.strip_prefix("goroutine profile: total ") {
        return Some(total.trim_end().parse().map_or(Marker::End, Marker::Total));
    }
    let is_end = ENDS.iter().any(|start| line.starts_with(start)) || is_register(line);
    is_end.then_some(Marker::End)
}

/// The blanks before a line.
pub(super) fn indentation(line: &str) -> &str {
    line.split_at(line.len() - line.trim_start().len()).0
}

/// A processor's register below a crash: `rax    0x1`.
fn is_register(line: &str) -> bool {
    let Some((name, value)) = line.split_once(' ') else { return false };
    let digits = value.trim_start().strip_prefix("0x");
    let is_hex = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.len() <= 8 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && digits.is_some_and(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers() {
        let check = |line: &str, expected: Option<Marker>| assert_eq!(marker(line), expected, "{line}");
        check("exit status 2", Some(Marker::End));
        check("FAIL\tgt/p2\t0.3s", Some(Marker::End));
        check("rax    0xca", Some(Marker::End));
        check("==================", Some(Marker::End));
        check("WARNING: DATA RACE", Some(Marker::Foreign));
        check("runtime stack:", Some(Marker::Foreign));
        check("panic: boom", Some(Marker::Panic));
        check("SIGQUIT: quit", Some(Marker::Signal));
        check("-----", Some(Marker::Rule));
        check("goroutine profile: total 17", Some(Marker::Total(17)));
        check("main.f(0x1)", None);
        check("2026-11-29T10:00:00Z ERROR failed: EOF", None);
        check("offset 0x", None);
    }
}
