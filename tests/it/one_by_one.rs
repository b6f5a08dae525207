//! A series to which snapshots are added one by one equals the series of all of them.

use leakscope::Snapshot;
use leakscope::decode::Limits;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::input::Input;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::series::Series;
use leakscope::series::SeriesBuilder;
use leakscope::stacks::Filter;

/// A pseudo-random generator (xorshift), so that every run has the same series.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A dump of a process in which goroutines are created and exit: as a traceback, or as a text of counts.
fn snapshot(random: &mut Random, live: &mut Vec<(u64, u64)>, next: &mut u64, at: usize) -> Snapshot {
    if random.below(12) == 0 {
        live.clear();
        *next = 1;
    }
    live.retain(|_| random.below(10) > 0);
    // A process has one goroutine at least.
    for _ in 0..random.below(20).max(u64::from(live.is_empty())) {
        live.push((*next, random.below(8)));
        *next += 1;
    }
    let frame = |function: u64| format!("main.f{function}\n\t/srv/f{function}.go:{}", 10 + function);
    let text = match random.below(3) {
        0 => {
            let counts = (0..8).map(|function| (function, live.iter().filter(|it| it.1 == function).count()));
            let lines = counts.filter(|(_, count)| *count > 0).map(|(function, count)| {
                format!("{count} @ 0x{0:x}\n#\t0x{0:x}\tmain.f{function}+0x1\t/srv/f{function}.go:1{function}\n\n", 4096 + function)
            });
            format!("goroutine profile: total {}\n{}", live.len(), lines.collect::<String>())
        }
        _ => live
            .iter()
            .map(|(id, function)| {
                let (wait, frame) = (["chan send", "select"][(id % 2) as usize], frame(*function));
                let frame = frame.replacen('\n', "()\n", 1);
                format!("goroutine {id} [{wait}]:\n{frame} +0x1\ncreated by main.main in goroutine 1\n\t/srv/m.go:3 +0x2\n\n")
            })
            .collect(),
    };
    let mut input = SnapshotInput::from_input(Input::from_bytes(format!("dump {at}"), text.into_bytes()));
    input.taken_at = Some(1_700_000_000_000_000_000 + at as i64 * 30_000_000_000);
    read_snapshot(input, &Limits::default()).expect("it is a dump")
}

fn random_series(seed: u64) -> Vec<Snapshot> {
    let (mut random, mut live, mut next) = (Random(seed), Vec::new(), 1);
    let snapshots = 1 + random.below(14) as usize;
    (0..snapshots).map(|at| snapshot(&mut random, &mut live, &mut next, at)).collect()
}

/// Everything about a series, with the names of its frames.
fn shown(series: &Series) -> String {
    let Series { by, names, columns, rows, load, other_program, heap_calls, warnings, labels } = series;
    let frames = rows.iter().flat_map(|row| row.stack.frames(names));
    let functions: Vec<&str> = frames.map(|frame| names.function_name(frame.function)).collect();
    format!(
        "{by:?} {functions:?} {columns:#?} {rows:#?} {load:?} {other_program:?} {heap_calls:?} {warnings:?} {labels:?}"
    )
}

#[test]
fn pushed_one_by_one_equals_built_at_once() {
    let filter = Filter::default();
    for seed in 1..=60 {
        let snapshots = random_series(seed * 0x9e37_79b9);
        let by = match seed % 3 {
            0 => By { dimensions: vec![Dimension::Site], ..By::default() },
            _ => By::default(),
        };
        let mut builder = SeriesBuilder::new(by.clone(), filter.clone());
        for (at, snapshot) in snapshots.iter().enumerate() {
            builder.push(snapshot.clone());
            let built = Series::build(snapshots[..=at].iter().cloned(), &by, &filter);
            assert_eq!(shown(&builder.series()), shown(&built), "seed {seed}, {} snapshots", at + 1);
        }
    }
}

#[test]
fn thinned_columns_keep_their_counts() {
    let mut builder = SeriesBuilder::new(By::default(), Filter::default());
    for (at, goroutines) in [5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 4].into_iter().enumerate() {
        let frame = "#\t0x1000\tmain.f+0x1\t/srv/f.go:10";
        let text = format!("goroutine profile: total {goroutines}\n{goroutines} @ 0x1000\n{frame}\n\n");
        let bytes = text.into_bytes();
        builder.push(Snapshot::from_bytes(format!("{at}"), bytes).expect("it is a text of counts"));
    }
    let check = |builder: &SeriesBuilder, expected: &[i128]| {
        let series = builder.series();
        assert_eq!(series.rows[0].counts, expected);
        assert_eq!(series.columns.iter().map(|it| it.goroutines).collect::<Vec<_>>(), expected);
    };
    builder.thin(11);
    check(&builder, &[5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 4]);
    builder.thin(10);
    check(&builder, &[5, 7, 9, 11, 2, 4]);
    builder.thin(5);
    check(&builder, &[5, 9, 2, 4]);
    // The process restarted before the count fell to 2, so that column stays.
    assert_eq!(builder.series().load.restarts, [2]);
    builder.thin(3);
    check(&builder, &[5, 2, 4]);
    let next = "goroutine profile: total 1\n1 @ 0x1000\n#\t0x1000\tmain.f+0x1\t/srv/f.go:10\n\n";
    builder.push(Snapshot::from_bytes("next", next.as_bytes().to_vec()).expect("it is a text of counts"));
    check(&builder, &[5, 2, 4, 1]);
}

#[test]
fn stacks_of_dropped_columns_are_dropped_and_may_come_back() {
    let dump = |functions: &[u32]| {
        let stack = |it: &u32| format!("2 @ 0x100{it}\n#\t0x100{it}\tmain.f{it}+0x1\t/srv/f.go:1{it}\n\n");
        let stacks: String = functions.iter().map(stack).collect();
        let text = format!("goroutine profile: total {}\n{stacks}", functions.len() * 2);
        Snapshot::from_bytes("api", text.into_bytes()).expect("it is a text of counts")
    };
    let mut builder = SeriesBuilder::new(By::default(), Filter::default());
    let check = |builder: &SeriesBuilder, expected: &[(&str, &[i128])]| {
        let series = builder.series();
        let name = |row: &leakscope::series::Row| {
            let first = row.stack.frames(&series.names).next().expect("a stack has a frame");
            series.names.function_name(first.function).to_owned()
        };
        let mut rows: Vec<_> = series.rows.iter().map(|row| (name(row), row.counts.clone())).collect();
        rows.sort();
        let expected: Vec<_> =
            expected.iter().map(|(name, counts)| ((*name).to_owned(), counts.to_vec())).collect();
        assert_eq!(rows, expected);
    };
    [[1, 2].as_slice(), &[1, 3], &[1, 4], &[1, 5], &[1, 2]].iter().for_each(|it| builder.push(dump(it)));
    builder.thin(4);
    check(&builder, &[("main.f1", &[2, 2, 2]), ("main.f2", &[2, 0, 2]), ("main.f4", &[0, 2, 0])]);
    builder.push(dump(&[3, 4]));
    check(
        &builder,
        &[
            ("main.f1", &[2, 2, 2, 0]),
            ("main.f2", &[2, 0, 2, 0]),
            ("main.f3", &[0, 0, 0, 2]),
            ("main.f4", &[0, 2, 0, 2]),
        ],
    );
}
