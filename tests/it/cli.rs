//! The command line from outside: one file a subject, and the console blocks of README.md and docs/.
//!
//! `TRYCMD=overwrite cargo test --test it cli::` writes them anew; then read the difference.

#[test]
fn console_blocks_and_cases() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md").case("tests/cli/*.trycmd");
}
