//! A long traceback that is read in chunks gives the same result as in one piece; and the stack that represents a group does not depend
//! on how a profile was put together.

use std::io::Cursor;
use std::io::Read;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::decode::decode_from;
use leakscope::group::By;
use leakscope::group::group;
use leakscope::model::FileId;
use leakscope::model::Form;
use leakscope::model::Frame;
use leakscope::model::Goroutine;
use leakscope::model::Goroutines;
use leakscope::model::Kind;
use leakscope::model::LabelSetId;
use leakscope::model::LocationId;
use leakscope::model::Profile;
use leakscope::model::Sample;
use leakscope::model::Snapshot;
use leakscope::model::StackId;
use leakscope::render::raw;
use leakscope::stacks::Filter;
use leakscope::stacks::SymbolTable;
use leakscope::text::ShownLabels;

const GOROUTINES: usize = 9000;

fn dump(line_end: &str) -> String {
    let goroutine = |id: usize| {
        format!(
            "goroutine {} [chan send, {} minutes]:\nmain.(*T).f{}(0xc000{:06x})\n\t/srv/main.go:{} +0x1d\ncreated by main.g in goroutine 1\n\t/srv/main.go:9 +0x2\n\n",
            id + 1,
            id % 30,
            id % 7,
            id,
            10 + id % 7
        )
    };
    (0..GOROUTINES).map(goroutine).collect::<String>().replace('\n', line_end)
}

/// A reader that gives a few bytes at a time.
struct Slow<R>(R);

impl<R: Read> Read for Slow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let few = buffer.len().min(4099);
        self.0.read(&mut buffer[..few])
    }
}

fn profile(decoded: Decoded) -> Profile {
    let Decoded::Goroutines(profile) = decoded else { panic!("a traceback is no heap profile") };
    profile
}

#[test]
fn pieces_say_what_the_whole_says() {
    let plain = dump("\n");
    assert!(plain.len() > 1 << 20, "it is read in pieces");
    // Quoted lines are read as a whole, and their marks are taken off.
    let quoted: String = plain.lines().map(|line| format!("> {line}\n")).collect();
    let limits = Limits::default();
    let read = |bytes: &[u8]| {
        let at_once = profile(decode(bytes, &limits).expect("it is a traceback"));
        let mut reader = Slow(Cursor::new(bytes.to_vec()));
        let in_pieces = profile(decode_from(&mut reader, &limits).expect("it is a traceback"));
        let text = |profile: &Profile| raw(profile, ShownLabels::Raw);
        assert_eq!(text(&at_once), text(&in_pieces));
        at_once
    };
    let whole = read(quoted.as_bytes());
    assert_eq!(whole.total(), GOROUTINES as i128);
    let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
    for bytes in [plain.as_bytes(), dump("\r\n").as_bytes(), &marked] {
        let pieces = read(bytes);
        assert!(pieces.warnings.is_empty(), "{:?}", pieces.warnings);
        assert_eq!((pieces.total(), pieces.samples.len()), (whole.total(), whole.samples.len()));
        assert_eq!(goroutines(&pieces), goroutines(&whole));
    }
}

/// The goroutines of each row, in the order of their numbers.
fn goroutines(profile: &Profile) -> Vec<Vec<Goroutine>> {
    profile.goroutines.iter().map(Goroutines::sorted).collect()
}

/// A dump of several pieces, with something wrong here and there.
fn faulty_dump() -> String {
    let mut plain = String::new();
    for id in 0..4 * GOROUTINES {
        let (state, function) = (["select", "IO wait", "sleep"][id % 3], id * id % 1009);
        // goleak writes a header of its own before Go's.
        if id % 100 == 1 {
            plain += &format!("Goroutine {} in state {state}, with main.f on top of the stack:\n\n", id + 1);
        }
        plain += &format!("goroutine {} [{state}]:\n", id + 1);
        match id {
            // A place without a function: its lines are out of order.
            5_000 | 15_000 | 25_000 | 35_000 => plain += "\t/srv/main.go:4 +0x1\n\t/srv/main.go:5 +0x1\n",
            7_000 | 30_000 => plain += "a line of a log\n",
            // A header inside of a text, and an ancestor's, which is no goroutine of its own.
            9_000 => plain += "[originating from goroutine 7]:\nmain.old(...)\n\t/srv/main.go:8 +0x1\n",
            _ => {}
        }
        plain += &format!("main.f{function}(0x1)\n\t/srv/main.go:{} +0x1\n", 10 + function);
        if id % 2 == 0 {
            plain += "created by main.g in goroutine 1\n\t/srv/main.go:9 +0x2\n";
        }
        plain += "\n";
    }
    plain
}

/// Faults, places and owners are the same no matter which reader read them.
#[test]
fn faults_in_chunks_are_reported_as_in_the_whole() {
    let limits = Limits::default();
    let ends = [
        "goroutine 99999 [sel",
        "goroutine 99999 [select]:\nmain.f(...)\nmain.g(...)\n",
        "goroutine 99999 [select]:\nmain.f(0x1)\n\t/srv/main.go:3 +0x1\nmain.g(0x",
        "goroutine 7 [select, 3 minutes]:\nmain.f36(0x1)\n\t/srv/main.go:46 +0x1\n",
    ];
    for end in ends {
        let plain = faulty_dump() + end;
        // Quoted lines are read as a whole.
        let mut quoted: String = plain.lines().map(|line| format!("> {line}\n")).collect();
        if !plain.ends_with('\n') {
            quoted.pop();
        }
        let mut whole = profile(decode(quoted.as_bytes(), &limits).expect("it is a traceback"));
        assert!(whole.warnings.remove(0).text.contains("quoted"));
        assert!(plain.len() > 2 << 20 && whole.warnings.len() >= 5, "{:?}", whole.warnings);
        let text = raw(&whole, ShownLabels::Raw);
        // How the readers share the pieces differs from run to run.
        let runs = if end == ends[0] { 4 } else { 1 };
        for _ in 0..runs {
            let mut reader = Slow(Cursor::new(plain.clone().into_bytes()));
            for read in [decode(plain.as_bytes(), &limits), decode_from(&mut reader, &limits)] {
                let pieces = profile(read.expect("it is a traceback"));
                let warnings = |it: &Profile| it.warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
                assert_eq!(warnings(&pieces), warnings(&whole));
                assert!(raw(&pieces, ShownLabels::Raw) == text, "{end}: the pieces differ from the whole");
                assert_eq!(goroutines(&pieces), goroutines(&whole));
            }
        }
    }
}

/// Where no goroutine ends, no piece does, and that is found out in one pass.
#[test]
fn texts_without_an_end_of_a_goroutine_are_read() {
    let limits = Limits::default();
    let header = "goroutine 1 [select]:\n";
    let one = format!("{header}{}", "main.f(0x1)\n\t/srv/main.go:3 +0x1\n".repeat(50_000));
    let headers = header.repeat(75_000);
    let lines = format!("{one}{}", "\ngoroutine of no kind\n".repeat(75_000));
    for (text, total) in [(one, 1), (headers, 75_000), (lines, 1)] {
        for read in [decode(text.as_bytes(), &limits), decode_from(&mut text.as_bytes(), &limits)] {
            let found = read.map(profile).map(|it| it.total()).map_err(|error| error.to_string());
            assert_eq!(found, Ok(total));
        }
    }
    let tight = Limits { max_memory: 4 << 20, ..Limits::default() };
    let endless = format!("{header}{}", "x".repeat(8 << 20));
    let error = decode_from(&mut endless.as_bytes(), &tight).expect_err("it is over the limit");
    assert!(error.to_string().contains("bytes of memory"), "{error}");
}

#[test]
fn copies_of_a_stack_weigh_no_less_than_one() {
    let snapshot = |copies: u32| {
        let mut counts = Profile::new(Form::PPROF, Kind::Goroutine);
        let function = counts.symbols.intern_function("main.work");
        for line in [22, 11] {
            let frame = counts.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
            counts.stacks.add_location(&[frame]);
        }
        let many: Vec<StackId> =
            (0..copies).map(|_| counts.stacks.push([LocationId(0)].into_iter())).collect();
        let one = counts.stacks.push([LocationId(1)].into_iter());
        // Ten goroutines in the one place, in samples of one; five in the other, in one sample.
        for n in 0..10 {
            let stack = many[n % many.len()];
            counts.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: 1 });
        }
        counts.samples.push(Sample { stack: one, labels: LabelSetId::EMPTY, count: 5 });
        Snapshot::from_profile("made".to_owned(), counts)
    };
    let shown = |copies: u32| {
        let by = By::default();
        let (snapshot, mut names) = (snapshot(copies), SymbolTable::new(None));
        let adopted = leakscope::group::merge_symbols(&mut names, &snapshot, &by);
        let grouping = group(&snapshot, adopted, &by, &Filter::default(), &names);
        assert_eq!((grouping.groups.len(), grouping.total), (1, 15));
        grouping.groups[0].stack.clone()
    };
    assert_eq!(shown(1), shown(10));
    assert_eq!(shown(1), shown(3));
}
