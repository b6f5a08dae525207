use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const TABLE: &str = "\
a.b/cron/v3 v3.0.0 v3.1.0
\t-\t.(*Cron).Wait\tchannel receive\t*\t.Cron\t.New\t-\t.(*Cron).Stop\t-\tmissing-close\tclose of done
\t.(*Cron).run\t=\tselect\t-v3.0\t.Cron\t.New\t.(*Cron).Start\t.(*Cron).Stop\t-\tmissing-close\tsend on stop
\t.(*Cron).run\t=\tselect\tv3.1-\t.Cron\t.New .NewWith\t.(*Cron).Run .(*Cron).Start\t.(*Cron).Close .(*Cron).Stop\t.(*Cron).Run:ctx\tmissing-close missing-cancel\tclose of done; end of ctx
x.y/bus v1.0.0
\t/inner.(*loop).run\t/inner.(*queue).take\tselect\t*\t-\t-\t-\t-\t-\t-\t-
";

fn check(frames: &[&str], file: &str, blocked_on: BlockedOn, expected: &[&str]) {
    let facts = facts_in(TABLE, &Asked { frames, file, blocked_on });
    let shown: Vec<&str> = facts.iter().map(|it| it.how).collect();
    assert_eq!(shown, expected, "{frames:?}");
}

#[test]
fn facts_of_stacks() {
    let run = ["a.b/cron/v3.(*Cron).run"];
    let newest = "close of done; end of ctx";
    check(&run, "", BlockedOn::Select, &[newest, "send on stop"]);
    check(&run, "/go/pkg/mod/a.b/cron/v3@v3.0.7/cron.go", BlockedOn::Select, &["send on stop"]);
    check(&run, "a.b/cron/v3@v3.2.0/cron.go", BlockedOn::Select, &[newest]);
    check(&run, "/srv/vendor/a.b/cron/v3/cron.go", BlockedOn::Select, &[newest, "send on stop"]);
    // Another wait, another function, another major version, a name that only begins alike.
    check(&run, "", BlockedOn::ChannelSend, &[]);
    check(&["a.b/cron/v3.(*Cron).runNow"], "", BlockedOn::Select, &[]);
    check(&["a.b/cron.(*Cron).run"], "", BlockedOn::Select, &[]);
    check(&["a.b/cron/v33.(*Cron).run"], "", BlockedOn::Select, &[]);
    check(&[], "", BlockedOn::Select, &[]);
}

#[test]
fn entries_are_compared() {
    let take = "x.y/bus/inner.(*queue).take";
    check(&[take, "x.y/bus/inner.(*loop).run"], "", BlockedOn::Select, &[""]);
    check(&[take, "x.y/bus/inner.(*other).run"], "", BlockedOn::Select, &[]);
    check(&["a.b/cron/v3.(*Cron).Wait", "main.main"], "", BlockedOn::ChannelReceive, &["close of done"]);
}

#[test]
fn names_are_full() {
    let asked = Asked { frames: &["a.b/cron/v3.(*Cron).run"], file: "", blocked_on: BlockedOn::Select };
    let facts = facts_in(TABLE, &asked);
    let fact = facts.first().expect("there are two");
    assert_eq!(fact.module, "a.b/cron/v3");
    assert_eq!(fact.entry.as_deref(), Some("a.b/cron/v3.(*Cron).run"));
    assert_eq!(fact.objects, ["a.b/cron/v3.Cron"]);
    assert_eq!(fact.starts, ["a.b/cron/v3.(*Cron).Run", "a.b/cron/v3.(*Cron).Start"]);
    assert_eq!(fact.given, [("a.b/cron/v3.(*Cron).Run".to_owned(), "ctx")]);
    assert_eq!(fact.constructors, ["a.b/cron/v3.New", "a.b/cron/v3.NewWith"]);
    assert_eq!(fact.ends, ["a.b/cron/v3.(*Cron).Close", "a.b/cron/v3.(*Cron).Stop"]);
    assert_eq!(fact.read_in, "v3.0.0 v3.1.0");
    assert_eq!(fact.means, ["missing-close", "missing-cancel"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this test writes a file of the repository")]
fn packed_files_are_current() {
    let text = include_str!("table.txt");
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
        compressed.write_all(text.as_bytes()).expect("a Vec can be written");
        let bytes = compressed.finish().expect("a Vec can be written");
        let headings = text.lines().filter(|line| !line.starts_with('\t'));
        let modules: String =
            headings.filter_map(|it| it.split(' ').next()).map(|it| format!("{it}\n")).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/libraries");
        std::fs::write(folder.join("table.txt.gz"), bytes).expect("the file can be written");
        std::fs::write(folder.join("modules.txt"), modules).expect("the file can be written");
        return;
    }
    assert!(super::TABLE.as_str() == text, "make it with LEAKSCOPE_WRITE=1 cargo test --lib libraries::");
}
