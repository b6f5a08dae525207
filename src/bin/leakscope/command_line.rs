//! The command line as a report shows it: reports are sent on, so its secrets are masked.

use leakscope::text::ShownLabels;

/// Options whose value is a secret.
const SECRET: [&str; 4] = ["-H", "--header", "-u", "--user"];

/// The command line of this process, without secrets.
pub(crate) fn shown() -> String {
    of(std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()))
}

/// `leakscope` with these arguments, quoted as for a shell where they need it.
fn of(arguments: impl Iterator<Item = String>) -> String {
    let mut all = vec!["leakscope".to_owned()];
    let mut is_secret = false;
    for argument in arguments {
        let shown = if is_secret { "***".to_owned() } else { without_secret(&argument) };
        is_secret = !is_secret && SECRET.contains(&argument.as_str());
        all.push(match shlex::try_quote(&shown) {
            Ok(quoted) => quoted.into_owned(),
            // It has a zero byte, which no shell can pass on.
            Err(_) => "…".to_owned(),
        });
    }
    all.join(" ")
}

/// An argument without user names, passwords, and the values of options that are secrets.
fn without_secret(argument: &str) -> String {
    for option in SECRET {
        // `--user=NAME:PASSWORD`, `-uNAME:PASSWORD`.
        if argument.len() > option.len() && argument.starts_with(option) {
            let is_long = option.starts_with("--");
            match argument.split_at(option.len()).1.starts_with('=') {
                true => return format!("{option}=***"),
                false if !is_long => return format!("{option}***"),
                false => {}
            }
        }
    }
    let Some((scheme, rest)) = argument.split_once("://") else {
        return ShownLabels::Masked.message(argument).into_owned();
    };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = match rest.split_at(host).0.rfind('@') {
        Some(at) => format!("***{}", rest.split_at(at).1),
        None => rest.to_owned(),
    };
    // A mask is no user name: what is left may have secrets in its query.
    let shown = ShownLabels::Masked.message(rest.trim_start_matches("***@")).into_owned();
    let user = if rest.starts_with("***@") { "***@" } else { "" };
    format!("{scheme}://{user}{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let check = |arguments: &[&str], expected: &str| {
            assert_eq!(of(arguments.iter().map(|it| (*it).to_owned())), format!("leakscope {expected}"));
        };
        check(&["diff", "a b", "--format", "html"], "diff 'a b' --format html");
        check(&["fetch", ":6060", "-H", "X-Api-Key: abc"], "fetch :6060 -H '***'");
        check(&["fetch", ":6060", "-HX-Api-Key: abc"], "fetch :6060 '-H***'");
        check(
            &["fetch", ":6060", "--user=me:pass", "--every", "30s"],
            "fetch :6060 '--user=***' --every 30s",
        );
        check(&["fetch", "http://me:pass@api/debug"], "fetch 'http://***@api/debug'");
        check(&["fetch", "http://api/debug?token=abcdefgh"], "fetch 'http://***'");
        check(&["fetch", "https://api.internal:6060"], "fetch https://api.internal:6060");
        check(&["gate", "--", "./load.sh", "token=abcdef"], "gate -- ./load.sh '***'");
    }
}
