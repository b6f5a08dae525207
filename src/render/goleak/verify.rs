//! Files of Go that show whether a change ends a leak: one that calls what leaks, and one that counts what a package's own tests leave.

use std::collections::BTreeSet;

use crate::report::GoTest;
use crate::text::quoted;

use super::names::LeftIn;
use super::names::pattern;
use super::names::state_pattern;
use super::names::variable;

/// What the test of [`goleak_count_file`] prints before the place of a stack in its list and the number of goroutines that are left.
pub const LEFT_BEHIND: &str = "leakscope-left-behind";

/// A Go file that sets the function of [`goleak_file`](super::goleak_file) to a call, which may use a context called `ctx`.
///
/// The call is made with a context that lives, one that ends soon and one that has ended, each with a time limit. `package` is the name in the
/// package clause; `call` is a statement of Go, and `imports` are the import paths that it needs.
pub fn goleak_exercise_file(test: &GoTest, package: &str, call: &str, imports: &[&str]) -> String {
    let own = ["context", "fmt", "testing", "time"];
    let imports: BTreeSet<&str> = own.iter().chain(imports).copied().collect();
    let imports: String = imports.into_iter().map(|it| format!("\t{}\n", quoted(it))).collect();
    // The call comes last, so that nothing in it is taken for a place to fill in.
    EXERCISE
        .replace("{package}", package)
        .replace("{imports}", &imports)
        .replace("{variable}", &variable(test))
        .replace("{call}", call)
}

const EXERCISE: &str = r#"// Made by leakscope fix --verify.
package {package}

import (
{imports})

func init() {
	{variable} = func(t *testing.T) {
		for _, limit := range []time.Duration{time.Minute, 10 * time.Millisecond, 0} {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() {
					if it := recover(); it != nil {
						fmt.Println("leakscope: the call panics:", it)
					}
				}()
				_ = ctx
				{call}
			}()
			select {
			case <-done:
			case <-time.After(2 * time.Second):
			}
			cancel()
		}
	}
}
"#;

/// Where a package's tests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountAt {
    /// After all tests: the package has no `TestMain` of its own.
    TestMain,
    /// In a test that is the last of those that run one after the other: parallel ones may still run.
    LastTest,
}

/// The name of a file that Go compiles after others, so that its test runs after theirs.
pub const COUNT_FILE: &str = "zzz_leakscope_count_test.go";

/// A Go file that counts, after a package's own tests, how many goroutines are blocked as each of these stacks is. It prints a line for
/// each: [`LEFT_BEHIND`], the place in the list from 0, and the number. `package` is the name in the package clause.
pub fn goleak_count_file(tests: &[&GoTest], package: &str, at: CountAt, left_in: LeftIn) -> String {
    let stacks: String = tests
        .iter()
        .map(|it| {
            let (frame, state) = (quoted(&pattern(it)), quoted(&state_pattern(it.blocked_on, left_in)));
            format!("\t{{regexp.MustCompile({frame}), regexp.MustCompile({state})}},\n")
        })
        .collect();
    let (run, imports) = match at {
        CountAt::TestMain => (TEST_MAIN, "\t\"os\"\n"),
        CountAt::LastTest => (LAST_TEST, ""),
    };
    COUNT
        .replace("{package}", package)
        .replace("{imports}", imports)
        .replace("{run}", run)
        .replace("{mark}", LEFT_BEHIND)
        .replace("{stacks}", &stacks)
}

const TEST_MAIN: &str = "\
func TestMain(m *testing.M) {
	code := m.Run()
	leakscopeCount()
	os.Exit(code)
}";

const LAST_TEST: &str = "\
func TestZZZLeakscopeCount(t *testing.T) {
	leakscopeCount()
}";

const COUNT: &str = r#"// Made by leakscope fix --verify.
package {package}

import (
	"fmt"
{imports}	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var leakscopeBefore = goleak.IgnoreCurrent()

var leakscopeStacks = [][2]*regexp.Regexp{
{stacks}}

{run}

func leakscopeCount() {
	left := make([]int, len(leakscopeStacks))
	// What only takes long ends by itself: wait for it.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all := 0
		for i := range left {
			left[i] = 0
		}
		if err := goleak.Find(leakscopeBefore); err != nil {
			for _, goroutine := range strings.Split(err.Error(), "Goroutine ")[1:] {
				for i, stack := range leakscopeStacks {
					if stack[0].MatchString(goroutine) && stack[1].MatchString(goroutine) {
						left[i]++
						all++
					}
				}
			}
		}
		if all == 0 || time.Now().After(deadline) {
			break
		}
	}
	for i, n := range left {
		fmt.Printf("\n{mark} %d %d\n", i, n)
	}
}
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BlockedOn;
    use crate::report::TestOffer;

    #[test]
    fn what_comes_from_outside_is_in_quotes() {
        let test = GoTest {
            fingerprint: String::new(),
            package: None,
            function: "a`\"{call}".to_owned(),
            function_package: String::new(),
            blocked: ("p\"\n{run}".to_owned(), "f`".to_owned()),
            written_in: None,
            blocked_on: Some(BlockedOn::ChannelSend),
            offer: TestOffer::Useful,
        };
        let exercise = goleak_exercise_file(&test, "p", "f(ctx)", &["context", "io"]);
        assert!(exercise.contains("\texerciseACall = func(t *testing.T) {\n"), "{exercise}");
        assert!(exercise.contains("\t\"fmt\"\n\t\"io\"\n\t\"testing\"\n"), "{exercise}");
        let count = goleak_count_file(&[&test], "p", CountAt::TestMain, LeftIn::ItsState);
        assert_eq!(count.matches("func TestMain(").count(), 1);
        let begins_with_theirs = |it: &str| it.starts_with(r"\{run") || it.starts_with("{run");
        assert!(!count.lines().any(begins_with_theirs), "{count}");
        assert!(!goleak_count_file(&[], "p", CountAt::LastTest, LeftIn::AnyWait).contains("\"os\""));
    }
}
