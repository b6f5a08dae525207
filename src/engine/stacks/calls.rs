//! Where the user's code calls the code of others.

use std::ops::Range;

use crate::golang::Owner;
use crate::golang::is_generated;
use crate::model::Frame;
use crate::model::FunctionId;

use super::symbol_table::SymbolTable;

/// The calls of the user's code into other code on one stack, innermost first: each is a range of `frames`, which are leaf first. The
/// last frame of a range is the user's that calls, the others are not the user's.
#[doc(hidden)]
pub fn calls_of_user(frames: &[Frame], symbols: &SymbolTable) -> Vec<Range<usize>> {
    let mut calls = Vec::new();
    let mut start = 0;
    for (at, frame) in frames.iter().enumerate() {
        if !is_written_by_user(*frame, symbols) {
            continue;
        }
        let is_other = |frame: &Frame| symbols.owner(frame.function) != Owner::Runtime;
        if frames.get(start..at).is_some_and(|inner| inner.iter().any(is_other)) {
            calls.push(start..at + 1);
        }
        start = at + 1;
    }
    calls
}

/// The function that the user's code calls, from the frames that it led to, leaf first: a function of the runtime, such as the
/// `runtime.newproc` of a go statement, is nothing that a user calls. `None` if there is no other.
#[doc(hidden)]
pub fn called(inner: &[Frame], symbols: &SymbolTable) -> Option<FunctionId> {
    let mut outwards = inner.iter().rev().map(|frame| frame.function);
    outwards.find(|function| symbols.owner(*function) != Owner::Runtime)
}

/// Whether a frame is of code that the user wrote and no generator.
#[doc(hidden)]
pub fn is_written_by_user(frame: Frame, symbols: &SymbolTable) -> bool {
    symbols.owner(frame.function) == Owner::User && !is_generated(symbols.symbols.file(frame.file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_on_a_stack() {
        let check = |stack: &[(&str, &str)], expected: &[&[&str]]| {
            let mut symbols = SymbolTable::new(None);
            let frame = |(name, file): &(&str, &str)| {
                let (function, file) =
                    (symbols.intern_function(name, file), symbols.symbols.intern_file(file));
                Frame { function, file, line: 0 }
            };
            let frames: Vec<Frame> = stack.iter().map(frame).collect();
            let calls = calls_of_user(&frames, &symbols);
            let names =
                |call: Range<usize>| -> Vec<&str> { stack[call].iter().map(|(name, _)| *name).collect() };
            assert_eq!(calls.into_iter().map(names).collect::<Vec<_>>(), expected);
        };
        let (lib, do_it) =
            (("a.b/lib.F", "/go/pkg/mod/a.b/lib@v1.0.0/f.go"), ("a.b/lib.Do", "a.b/lib@v1.0.0/f.go"));
        let (main, handle) = (("main.main", "/srv/main.go"), ("main.handle", "/srv/main.go"));
        check(&[lib, do_it, main], &[&["a.b/lib.F", "a.b/lib.Do", "main.main"]]);
        check(&[handle, main], &[]);
        check(&[("runtime.gopark", ""), main], &[]);
        check(&[lib], &[]);
        check(&[lib, handle, do_it, main], &[&["a.b/lib.F", "main.handle"], &["a.b/lib.Do", "main.main"]]);
        let stub = ("main.(*client).Watch", "/srv/shop_grpc.pb.go");
        check(&[lib, stub, handle], &[&["a.b/lib.F", "main.(*client).Watch", "main.handle"]]);
    }
}
