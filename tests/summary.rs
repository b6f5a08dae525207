//! Not a test: lists the tests of this run that were skipped. Cargo runs test binaries in the order of their names, so
//! this one comes after `it`.
#![expect(clippy::print_stdout, reason = "the list is what it is for")]
#![expect(clippy::print_stderr, reason = "shared with the tests, which say there that they are skipped")]

#[path = "it/support/skipped.rs"]
#[expect(dead_code, reason = "the tests record, this only reads")]
mod skipped;

fn main() {
    // cargo-nextest asks each binary for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let found = skipped::take();
    if found.is_empty() {
        println!("\nno test was skipped\n");
        return;
    }
    println!("\nskipped tests, by reason:");
    for (reason, tests) in found {
        println!("  {reason}");
        for test in tests {
            println!("    {test}");
        }
    }
    println!();
}
