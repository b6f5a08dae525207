//! A panic is a bug in leakscope. Release builds have no code for unwinding, so nothing is dropped when one happens: what must not
//! outlive the process is ended here.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// The exit code that is promised for a bug.
const BUG: i32 = 101;

/// The PID of the process to end with this one; 0 for none.
static CHILD: AtomicU32 = AtomicU32::new(0);
/// Whether its whole group ends, at once.
static IS_GROUP: AtomicBool = AtomicBool::new(false);

/// Makes a panic of any thread end the process with the promised exit code, after its message.
pub(crate) fn install_hook() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        end_child();
        std::process::exit(BUG);
    }));
}

/// The child to end if there is a panic; `None` once it was waited for, since its PID may then be another's.
pub(crate) fn set_child(pid: Option<u32>) {
    IS_GROUP.store(false, Ordering::SeqCst);
    CHILD.store(pid.unwrap_or(0), Ordering::SeqCst);
}

/// As [`set_child`], for a child that leads a group of processes.
pub(crate) fn set_group(pid: Option<u32>) {
    IS_GROUP.store(true, Ordering::SeqCst);
    CHILD.store(pid.unwrap_or(0), Ordering::SeqCst);
}

#[cfg(unix)]
fn end_child() {
    let pid = i32::try_from(CHILD.load(Ordering::SeqCst)).ok().and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid else { return };
    // If this fails, it has exited.
    let _ = match IS_GROUP.load(Ordering::SeqCst) {
        true => rustix::process::kill_process_group(pid, rustix::process::Signal::KILL),
        false => rustix::process::kill_process(pid, rustix::process::Signal::TERM),
    };
}

#[cfg(not(unix))]
fn end_child() {}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::process::Stdio;

    use super::*;

    /// The test runs itself again, and only then panics.
    #[cfg(unix)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the environment says which of the two it is")]
    fn a_panic_ends_the_child_and_has_its_exit_code() {
        const PANICS: &str = "LEAKSCOPE_TEST_PANICS";
        if let Some(pid) = std::env::var_os(PANICS) {
            install_hook();
            set_child(pid.to_str().and_then(|it| it.parse().ok()));
            let _ = std::thread::spawn(|| panic!("a bug")).join();
            return;
        }
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is there");
        let name = "panics::tests::a_panic_ends_the_child_and_has_its_exit_code";
        let status = Command::new(std::env::current_exe().expect("it runs"))
            .args(["--exact", name])
            .env(PANICS, child.id().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let ended = child.try_wait().expect("it is a child").is_some() || {
            // The signal may arrive a little later; without one this waits for the whole minute.
            child.wait().expect("it is a child").code().is_none()
        };
        assert_eq!(status.expect("it runs").code(), Some(BUG));
        assert!(ended);
    }
}
