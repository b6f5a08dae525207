//! A Go test that fails while a stack leaks: a sketch for reports, and a whole file.
//!
//! Names of functions come from outside. They are escaped in comments, quoted in strings, and reduced to letters and digits in identifiers.

mod names;
mod verify;

pub use names::LeftIn;
pub(crate) use names::is_version;
pub use names::test_name;
pub use verify::COUNT_FILE;
pub use verify::CountAt;
pub use verify::LEFT_BEHIND;
pub use verify::goleak_count_file;
pub use verify::goleak_exercise_file;

use crate::report::GoTest;

use crate::text::escape;
use crate::text::quoted;
use crate::text::word;

use names::identifier;
use names::last_element;
use names::pattern;
use names::state_pattern;
use names::variable;

/// A sketch of the test, for a report: it fails if any goroutine is left behind.
pub(crate) fn goleak_sketch(test: &GoTest) -> String {
    format!(
        "func {}(t *testing.T) {{\n\tdefer goleak.VerifyNone(t) // go.uber.org/goleak\n\t// in package {}: {}\n}}\n",
        test_name(test),
        word(last_element(&test.function_package)),
        exercise(test)
    )
}

/// A Go file with a test that fails on this stack and on no other.
///
/// The file compiles as it is. The user's `init` sets the function that the test runs, so that the file can be generated again.
/// Goroutines that only take long end within the time limit. Those that are blocked as the profile shows when it is over have leaked.
pub fn goleak_file(test: &GoTest) -> String {
    goleak_file_for(test, LeftIn::ItsState)
}

/// As [`goleak_file`], for goroutines in these states.
pub fn goleak_file_for(test: &GoTest, left_in: LeftIn) -> String {
    let (package, remark) = match &test.package {
        Some(package) => (identifier(last_element(package)), ""),
        None => ("main".to_owned(), " // no function of the stack is yours: the package of the caller"),
    };
    let blocked = format!("{}.{}", test.blocked.0, test.blocked.1);
    let fill = |text: &str| {
        text.replace("{remark}", remark)
            .replace("{variable}", &variable(test))
            .replace("{name}", &test_name(test))
            .replace("{package}", &package)
            .replace("{fingerprint}", &escape(&test.fingerprint))
            .replace("{exercise}", &exercise(test))
            .replace("{shown}", &word(&blocked))
    };
    // Texts in quotes come last, so that nothing in them is taken for a place to fill in.
    let state = state_pattern(test.blocked_on, left_in);
    let quotes = [("{frame}", pattern(test)), ("{state}", state), ("{quoted}", blocked.clone())];
    let mut parts: Vec<String> = Vec::new();
    let mut rest = TEMPLATE;
    while let Some((at, mark, text)) =
        quotes.iter().filter_map(|(mark, text)| Some((rest.find(mark)?, *mark, text))).min()
    {
        let (before, after) = rest.split_at(at);
        parts.push(fill(before));
        parts.push(quoted(text));
        rest = after.split_at(mark.len()).1;
    }
    parts.push(fill(rest));
    parts.concat()
}

const TEMPLATE: &str = r#"// Made by leakscope goleak-test for the stack {fingerprint}: {shown}.
package {package}{remark}

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// {variable} is to {exercise}.
// Set it in an init of another _test.go of this package.
var {variable} func(t *testing.T)

func {name}(t *testing.T) {
	if {variable} == nil {
		t.Fatal("{variable} is not set: do so in an init of another _test.go")
	}
	before := goleak.IgnoreCurrent()
	{variable}(t)
	frame := regexp.MustCompile({frame})
	blocked := regexp.MustCompile({state})
	// What only takes long ends by itself: wait for it.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var there []string
		if err := goleak.Find(before); err != nil {
			for _, left := range strings.Split(err.Error(), "Goroutine ")[1:] {
				if frame.MatchString(left) {
					there = append(there, left)
				}
			}
		}
		if len(there) == 0 {
			return
		}
		if time.Now().Before(deadline) {
			continue
		}
		for _, left := range there {
			if blocked.MatchString(left) {
				t.Errorf("%s is left behind: goroutine %s", {quoted}, left)
			}
		}
		return
	}
}
"#;

fn exercise(test: &GoTest) -> String {
    format!("call what ends up in {}, and end it as a caller would", word(&test.function))
}
