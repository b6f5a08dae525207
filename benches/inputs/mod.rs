//! Inputs of known size, the same each time: what sick services write, without waiting for one.

mod written;

use std::fmt::Write as _;

use written::Function;
use written::Profile;
pub(crate) use written::gzip;

/// Functions that call each other on the way down: `a0` to `a3`, with `next` between them.
const WAYS: usize = 4;

/// At least this many of them are on each path from the root.
const LEAST_WAYS: u32 = 9;

/// A profile of goroutines, not packed: `distinct` stacks of recursing functions, each with one sample for every label set
/// of `labels_each` (0 means one without labels), `goroutines` in all.
pub(crate) fn profile(distinct: usize, labels_each: usize, goroutines: u64) -> Vec<u8> {
    let function = |name: &str, file: &str, start| (name.to_owned(), file.to_owned(), start);
    let mut functions = vec![
        function("runtime.gopark", "/usr/local/go/src/runtime/proc.go", 445),
        function("runtime.chanrecv", "/usr/local/go/src/runtime/chan.go", 524),
        function("runtime.chanrecv1", "/usr/local/go/src/runtime/chan.go", 508),
        function("main.next", "/srv/main.go", 30),
        function("main.main.func1", "/srv/main.go", 69),
        function("runtime/pprof.Do", "/usr/local/go/src/runtime/pprof/runtime.go", 51),
        function("main.main.func2", "/srv/main.go", 68),
    ];
    let first_way = functions.len();
    functions
        .extend((0..WAYS as u64).map(|way| function(&format!("main.a{way}"), "/srv/main.go", 18 + 3 * way)));
    let mut profile = Profile::new(&functions);
    let sets = labels_each.max(1);
    let each = (goroutines / (distinct * sets).max(1) as u64).max(1);
    for number in 0..distinct {
        let mut stack = vec![(0, 462), (1, 667), (2, 509), (3, 32)];
        for way in ways(number, distinct) {
            stack.extend([(first_way + way, 18 + 3 * way as u64), (3, 37 + 2 * way as u64)]);
        }
        match labels_each {
            0 => profile.sample(each, &stack, &[]),
            _ => stack.extend([(4, 69), (5, 57), (6, 68)]),
        }
        for set in 0..labels_each {
            let tenant = format!("t{}", number * labels_each + set);
            profile.sample(each, &stack, &[("task", "fetch"), ("tenant", &tenant)]);
        }
    }
    profile.finish(0)
}

/// The ways of a stack, leaf first: its number in the base of [`WAYS`], so that stacks differ in all their frames. Their numbers
/// are in the order of their frames, leaf first, as Go sorts those of one count (`runtime/pprof/pprof.go`, `keysByCount`).
fn ways(stack: usize, distinct: usize) -> impl Iterator<Item = usize> {
    let digits =
        (1..).find(|digits| WAYS.pow(*digits) >= distinct).map_or(LEAST_WAYS, |it| LEAST_WAYS.max(it + 1));
    (0..digits).rev().map(move |digit| stack / WAYS.pow(digit) % WAYS)
}

/// A capture of a service, one of a series by its number, not packed: `stacks` different stacks, through many packages. One of
/// them leaks, the counts of others go up and down.
pub(crate) fn service(stacks_len: u64, number: u64) -> Vec<u8> {
    let (packages_len, functions_len, calls_len) =
        (2 + stacks_len / 4, stacks_len * 8 / 5, stacks_len * 11 / 5);
    let mut random = Random(1);
    let mut functions: Vec<Function> = [
        ("runtime.gopark", "proc.go", 445),
        ("runtime.selectgo", "select.go", 105),
        ("runtime.chanrecv", "chan.go", 524),
        ("runtime.chanrecv2", "chan.go", 513),
        ("runtime.chansend", "chan.go", 176),
        ("runtime.chansend1", "chan.go", 161),
    ]
    .map(|(name, file, start)| (name.to_owned(), format!("/usr/local/go/src/runtime/{file}"), start))
    .into();
    let leaves: [&[(usize, u64)]; 3] =
        [&[(0, 462), (1, 351)], &[(0, 462), (2, 667), (3, 514)], &[(0, 462), (4, 283), (5, 161)]];
    let packages: Vec<(String, String)> = (0..packages_len)
        .map(|at| {
            let (repository, folder) = (random.word(2), random.word(3));
            match at % 3 {
                0 => {
                    let (path, version) =
                        (format!("github.com/{}/{repository}/{folder}", random.word(3)), random.below(30));
                    let file = format!(
                        "/go/pkg/mod/{}@v1.{version}.0/{folder}",
                        path.trim_end_matches(&format!("/{folder}"))
                    );
                    (path, file)
                }
                _ => (
                    format!("acme.example/shop/internal/{repository}/{folder}"),
                    format!("/srv/app/internal/{repository}/{folder}"),
                ),
            }
        })
        .collect();
    let own = functions.len();
    for _ in 0..functions_len {
        let (path, folder) = &packages[random.below(packages_len) as usize];
        let (kind, method) = (random.name(2), random.name(3));
        let name = match random.below(4) {
            0 => format!("{path}.{method}"),
            1 => format!("{path}.(*{kind}).{method}.func{}", 1 + random.below(3)),
            _ => format!("{path}.(*{kind}).{method}"),
        };
        functions.push((name, format!("{folder}/{}.go", random.word(2)), 10 + random.below(900)));
    }
    let calls: Vec<(usize, u64)> = (0..calls_len)
        .map(|_| {
            let function = own + random.below(functions_len) as usize;
            (function, functions[function].2 + 1 + random.below(60))
        })
        .collect();
    let mut counts = Random(number + 2);
    let mut stacks: Vec<(u64, Vec<(usize, u64)>)> = (0..stacks_len)
        .map(|at| {
            let mut stack = leaves[random.below(3) as usize].to_vec();
            for _ in 0..3 + random.below(10) {
                stack.push(calls[random.below(calls_len).min(random.below(calls_len)) as usize]);
            }
            let count =
                if at == 7 { 100 + 3 * number } else { 1 + 2000 / ((at + 1) * (at + 1)) + counts.below(3) };
            (count, stack)
        })
        .collect();
    stacks.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.cmp(second)));
    let mut profile = Profile::new(&functions);
    stacks.iter().for_each(|(count, stack)| profile.sample(*count, stack, &[]));
    profile.finish(30 * number)
}

/// Numbers and names that look like chance (a linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A word with this number of syllables.
    fn word(&mut self, syllables: usize) -> String {
        const CONSONANTS: [&str; 16] =
            ["b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr"];
        const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "er", "an", "or"];
        let one = |random: &mut Self| {
            [CONSONANTS[random.below(16) as usize], VOWELS[random.below(8) as usize]].concat()
        };
        (0..syllables).map(|_| one(self)).collect()
    }

    /// As [`Random::word`], with a capital.
    fn name(&mut self, syllables: usize) -> String {
        let word = self.word(syllables);
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    }
}

/// A traceback of `bytes`, as `debug=2` writes it, of `distinct` stacks that come again and again.
pub(crate) fn traceback(bytes: usize, distinct: usize) -> String {
    let mut text = String::with_capacity(bytes + 4096);
    let mut goroutine = 7;
    while text.len() < bytes {
        let stack = goroutine % distinct;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "goroutine {goroutine} [chan receive]:\nmain.next(0x0?, 0x0?, 0x{goroutine:x})\n\t/srv/main.go:32 +0x77\n"
        );
        for way in ways(stack, distinct) {
            let _ = write!(
                text,
                "main.a{way}(0x0?, 0x0?, 0xc{goroutine:011x})\n\t/srv/main.go:{} +0x13\nmain.next(0x0?, 0x0?, 0xc{goroutine:011x})\n\t/srv/main.go:{} +0x37\n",
                18 + way,
                37 + way
            );
        }
        text.push_str("created by main.main in goroutine 1\n\t/srv/main.go:69 +0x2c5\n\n");
        goroutine += 1;
    }
    text
}
