//! Opens a page in the browser.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use anyhow::Context;

use super::exit_code::Failure;
use super::inputs;
use super::terminal::Terminal;

/// Writes a page to a temporary file that only its owner can read, and asks the desktop to open it. If there is no desktop, the user can
/// still open the file.
pub(crate) fn page(bytes: &[u8], terminal: &Terminal) -> Result<(), Failure> {
    let path = write(bytes).context("cannot write a temporary file").map_err(Failure::input)?;
    terminal.note(&format!("wrote {}", inputs::name(&path)));
    if let Err(error) = opener(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    {
        terminal.warning(&format!("no program opens pages here ({error}): open the file in a browser"));
    }
    Ok(())
}

fn write(bytes: &[u8]) -> std::io::Result<std::path::PathBuf> {
    let mut file = tempfile::Builder::new().prefix("leakscope-").suffix(".html").tempfile()?;
    file.write_all(bytes)?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// The command that opens a file with the program that the desktop has for it.
fn opener(path: &Path) -> Command {
    let mut command = match std::env::consts::OS {
        "macos" => Command::new("open"),
        "windows" => Command::new("explorer"),
        _ => Command::new("xdg-open"),
    };
    command.arg(path);
    command
}
