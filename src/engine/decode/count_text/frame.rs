//! The line of a frame.

use crate::model::Frame;
use crate::model::FrameId;
use crate::model::StackTable;
use crate::model::Symbols;

/// The line of a frame: `# 0x7364d0 main.f+0x30 /srv/main.go:37` with tabs in between, or what is left of it in a
/// pasted text.
pub(crate) struct Shown<'a> {
    pub(super) address: Option<u64>,
    pub(super) function: Option<&'a str>,
    pub(super) position: Option<(&'a str, u32)>,
}

impl Shown<'_> {
    /// Whether an address, a function and a position are shown, as Go prints them.
    pub(super) fn is_whole(&self) -> bool {
        self.address.is_some() && self.function.is_some() && self.position.is_some()
    }

    /// The id of the frame; `None` if Go could not name it.
    pub(crate) fn intern(&self, symbols: &mut Symbols, stacks: &mut StackTable) -> Option<FrameId> {
        let function = symbols.intern_function(self.function?);
        let (file, line) = self.position.unwrap_or(("", 0));
        Some(stacks.intern_frame(Frame { function, file: symbols.intern_file(file), line }))
    }
}

pub(crate) fn frames_before(line: u64) -> String {
    format!("frames of the record before line {line}")
}

pub(crate) fn frame(text: &str) -> Option<Shown<'_>> {
    let text = text.trim_start_matches('#').trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (address, text) = hex(first).map_or((None, text), |address| (Some(address), rest.trim_start()));
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if name.is_empty() {
        // Go could not name the address.
        return address.map(|_| Shown { address, function: None, position: None });
    }
    let (function, offset) = name.rsplit_once("+0x")?;
    if !function.contains('.') || !offset.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let rest = rest.trim();
    let position = rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    Some(Shown { address, function: Some(function), position })
}

pub(super) fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
