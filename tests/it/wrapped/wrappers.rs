//! What log systems make of a text: one row for each.

use serde_json::Value;
use serde_json::json;

type Wrapper = (&'static str, fn(&str) -> String);

/// A text, line by line.
fn each(text: &str, wrap: impl Fn(usize, &str) -> String) -> String {
    text.lines().enumerate().map(|(at, line)| wrap(at, line) + "\n").collect()
}

/// The clock of a line, in minutes and seconds.
fn clock(at: usize) -> String {
    format!("{:02}:{:02}", at / 60 % 60, at % 60)
}

/// The time of a line, with a fraction that is not always there.
fn time(at: usize) -> String {
    let fraction = if at.is_multiple_of(10) { String::new() } else { format!(".{}", at * 137 % 1000) };
    format!("2026-11-29T20:{}{fraction}", clock(at))
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// A value as slog writes it: quoted if it has to be.
fn bare_or_quoted(text: &str) -> String {
    let is_bare = !text.is_empty() && !text.contains([' ', '"', '=', '\t']);
    if is_bare { text.to_owned() } else { quoted(text) }
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('/', "&#x2F;")
}

/// Pieces of at most this number of characters, and whether each is the last.
fn pieces(text: &str, size: usize) -> Vec<(String, bool)> {
    let all: Vec<char> = text.chars().collect();
    let last = all.len().saturating_sub(1) / size;
    let chunks = if all.is_empty() { vec![&[][..]] } else { all.chunks(size).collect() };
    chunks.into_iter().enumerate().map(|(at, piece)| (piece.iter().collect(), at == last)).collect()
}

/// An export of the journal; `None` as size writes the message as a line.
fn export(text: &str, write: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let entry = |(at, line): (usize, &str)| {
        let head = format!("__CURSOR=s=ab;i={at:x}\n__REALTIME_TIMESTAMP=17644464{at:08}\n_PID=12\n");
        [head.as_bytes(), &write(line.as_bytes()), b"_HOSTNAME=h\n\n"].concat()
    };
    text.lines().enumerate().flat_map(entry).collect()
}

/// Names that start with `cut` are those that cut lines.
pub(super) const WRAPPERS: [Wrapper; 68] = [
    ("Docker", |t| {
        each(t, |i, l| {
            json!({"log": format!("{l}\n"), "stream": "stderr", "time": time(i) + "Z"}).to_string()
        })
    }),
    ("cut: Docker", |t| {
        each(t, |i, l| {
            let pieces = pieces(&format!("{l}\n"), 40).into_iter();
            let records =
                pieces.map(|(log, _)| json!({"log": log, "stream": "stderr", "time": time(i)}).to_string());
            records.collect::<Vec<_>>().join("\n")
        })
    }),
    ("CRI", |t| each(t, |i, l| format!("{}Z stderr F {l}", time(i)))),
    ("cut: CRI", |t| {
        each(t, |i, l| {
            let record =
                |(piece, is_last)| format!("{}Z stderr {} {piece}", time(i), if is_last { "F" } else { "P" });
            pieces(l, 30).into_iter().map(record).collect::<Vec<_>>().join("\n")
        })
    }),
    ("journal: short", |t| each(t, |i, l| format!("Nov 29 20:{} host app[123]: {l}", clock(i)))),
    ("journal: short-iso", |t| each(t, |i, l| format!("2026-11-29T20:{}+0000 host app[123]: {l}", clock(i)))),
    ("journal: short-precise", |t| {
        each(t, |i, l| format!("Nov  9 20:{}.{i:06} host app[123]: {l}", clock(i)))
    }),
    ("journal: with-unit", |t| {
        each(t, |i, l| format!("Sun 2026-11-29 20:{} UTC host app.service[123]: {l}", clock(i)))
    }),
    ("journal: short-monotonic", |t| each(t, |i, l| format!("[{:>8}.{i:06}] host app[123]: {l}", 9990 + i))),
    ("journal: short-unix", |t| each(t, |i, l| format!("1764446400.{i:06} host app[123]: {l}"))),
    ("journal: verbose", |t| {
        each(t, |i, l| {
            format!(
                "Sun 2026-11-29 20:{}.1 UTC [s=a{i:x};i={i:x};b=1]\n    _PID=1\n    MESSAGE={l}\n    PRIORITY=6",
                clock(i)
            )
        })
    }),
    ("journal: json", |t| {
        each(t, |i, l| json!({"MESSAGE": l, "_PID": "1", "__CURSOR": format!("s=a;i={i:x}")}).to_string())
    }),
    ("journal: json-pretty", |t| {
        each(t, |i, l| {
            format!("{{\n\t\"__CURSOR\" : \"s={i}\",\n\t\"MESSAGE\" : {},\n\t\"_PID\" : \"1\"\n}}", quoted(l))
        })
    }),
    ("journal: bytes", |t| {
        each(t, |i, l| {
            json!({"__CURSOR": i.to_string(), "MESSAGE": format!("\u{1b}[1m{l}").as_bytes()}).to_string()
        })
    }),
    ("journal: message of several lines", |t| {
        format!("Nov 29 20:00:00 host app[123]: {}\n", t.trim_end().replace('\n', &format!("\n{:31}", "")))
    }),
    ("syslog 3164", |t| each(t, |i, l| format!("<11>Nov 29 20:{} host app: {l}", clock(i)))),
    ("syslog 5424", |t| each(t, |i, l| format!("<14>1 {}Z host app 123 - - {l}", time(i)))),
    ("syslog 5424, structured", |t| {
        each(t, |i, l| {
            format!(
                "<14>1 {}+01:00 h.example.com app 1 ID4 [meta sequenceId=\"{i}\"][x@3 a=\"3\"] \u{feff}{l}",
                time(i)
            )
        })
    }),
    ("rsyslog", |t| {
        each(t, |i, l| format!("Nov 29 20:{} host app[1]: {}", clock(i), l.replace('\t', "#011")))
    }),
    ("rsyslog, colours", |t| {
        each(t, |_, l| format!("Nov 29 20:00:00 host app[1]: #033[31m{}#033[0m", l.replace('\t', "#011")))
    }),
    ("rsyslog, one line", |t| {
        format!("Nov 29 20:00:00 host app[1]: {}\n", t.replace('\n', "#012").replace('\t', "#011"))
    }),
    ("Heroku", |t| each(t, |i, l| format!("{}+00:00 app[web.1]: {l}", time(i)))),
    ("GitHub Actions", |t| each(t, |i, l| format!("{}Z {l}", time(i)))),
    ("gh run view", |t| each(t, |i, l| format!("build (1.27, ubuntu)\tRun go test\t{}Z {l}", time(i)))),
    ("kubectl --prefix", |t| each(t, |_, l| format!("[pod/app-7d9f8b-x2k4q/app] {l}"))),
    ("kubectl --prefix --timestamps", |t| {
        each(t, |i, l| format!("[pod/app-7d9f8b-x2k4q/app] {}Z {l}", time(i)))
    }),
    ("stern", |t| each(t, |_, l| format!("\u{1b}[36mapp-7d9f8b-x2k4q\u{1b}[0m \u{1b}[32mapp\u{1b}[0m {l}"))),
    ("Compose", |t| each(t, |_, l| format!("\u{1b}[36mapp-1  |\u{1b}[0m {l}"))),
    ("Compose, times", |t| each(t, |i, l| format!("app_1       | {}Z {l}", time(i)))),
    ("go test -json", |t| {
        let start = json!({"Action": "start", "Package": "gt/p1"});
        let line = |i, l: &str| json!({"Time": time(i), "Action": "output", "Package": "gt/p1", "Test": "TestX", "Output": format!("{l}\n")});
        format!("{start}\n{}", each(t, |i, l| line(i, l).to_string()))
    }),
    ("klog", |t| format!("E1129 20:00:00.000000       1 runtime.go:79] Observed a panic: x\n{t}")),
    ("klog, each line", |t| {
        each(t, |i, l| format!("E1129 20:{}.000000       1 runtime.go:79] {l}", clock(i)))
    }),
    ("log.Println", |t| each(t, |i, l| format!("2026/11/29 20:{} main.go:12: {l}", clock(i)))),
    ("logcat, brief", |t| each(t, |_, l| format!("E/Go      (13562): {l}"))),
    ("logcat, time", |t| each(t, |i, l| format!("11-29 20:{}.123 E/GoLog   (13562): {l}", clock(i)))),
    ("logcat, threadtime", |t| {
        each(t, |i, l| format!("11-29 20:{}.123 13562 13577 E Go      : {l}", clock(i)))
    }),
    ("Jenkins", |t| each(t, |i, l| format!("[{}Z] {l}", time(i)))),
    ("CloudWatch", |t| each(t, |i, l| format!("{}Z ecs/app/0123456789abcdef0123456789abcdef {l}", time(i)))),
    ("CloudWatch, events", |t| {
        let event =
            |(i, l)| json!({"timestamp": 1_764_446_400_000_u64 + i, "message": l, "ingestionTime": 1});
        format!(
            "{:#}\n",
            json!({"events": (0_u64..).zip(t.lines()).map(event).collect::<Value>(), "next": "f/1"})
        )
    }),
    ("CloudWatch, CSV", |t| {
        let cell = |l: &str| {
            if l.contains([',', '"']) { format!("\"{}\"", l.replace('"', "\"\"")) } else { l.to_owned() }
        };
        format!(
            "timestamp,message\n{}",
            each(t, |i, l| format!("{},{}", 1_764_446_400_000_u64 + i as u64, cell(l)))
        )
    }),
    ("CSV, one cell", |t| format!("time,message\n2026-11-29,\"{}\"\n", t.replace('"', "\"\""))),
    ("GCP, array", |t| {
        let entry = |(i, l)| json!({"insertId": format!("x{i}"), "resource": {"labels": {"pod_name": "app-1"}}, "textPayload": l});
        format!("{:#}\n", t.lines().enumerate().map(entry).collect::<Value>())
    }),
    ("GCP, jsonPayload", |t| {
        format!("{}\n", json!({"insertId": "a", "jsonPayload": {"message": t, "level": "error"}}))
    }),
    ("Loki", |t| {
        each(t, |i, l| json!({"labels": {"app": "x"}, "line": l, "timestamp": time(i)}).to_string())
    }),
    ("Loki, API", |t| {
        let value = |(i, l): (usize, &str)| json!([format!("176444640000{i:07}"), l]);
        let stream = json!({"stream": {"pod": "app-1"}, "values": t.lines().enumerate().map(value).collect::<Value>()});
        format!("{}\n", json!({"status": "success", "data": {"result": [stream]}}))
    }),
    ("fluent-bit", |t| {
        each(t, |i, l| json!({"log": l, "kubernetes": {"pod": "app-1"}, "time": time(i)}).to_string())
    }),
    ("ECS", |t| {
        format!(
            "{}\n",
            json!({"@timestamp": "x", "log.level": "error", "error": {"message": "x", "stack_trace": t}})
        )
    }),
    ("zap", |t| {
        let stack = json!({"level": "error", "stack": t.trim_end(), "ts": 1.5, "caller": "main.go:12"});
        format!("{}\n{stack}\n{}\n", json!({"msg": "hi", "ts": 1}), json!({"msg": "bye", "caller": "x.go:3"}))
    }),
    ("zap, console", |t| {
        format!("2026-11-29T20:00:00.000Z\tERROR\tmain.go:12\tpanic\t{}\n", json!({"stack": t}))
    }),
    ("slog, text", |t| format!("time=2026-11-29T20:00:00.000Z level=ERROR msg=panic stack={}\n", quoted(t))),
    ("slog, each line", |t| {
        each(t, |i, l| format!("time={}Z level=ERROR msg={}", time(i), bare_or_quoted(l)))
    }),
    ("logrus, each line", |t| each(t, |i, l| format!("time=\"{}Z\" level=error msg={}", time(i), quoted(l)))),
    ("JSON, HTML-safe", |t| {
        let record = json!({"level": "error", "stack": t}).to_string();
        record.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('/', "\\/")
            + "\n"
    }),
    ("JSON, dump in two fields", |t| format!("{}\n", json!({"message": t, "error": {"stack": t}}))),
    ("JSON in JSON", |t| {
        let inner = json!({"message": json!({"stack": t}).to_string()});
        format!("{}\n", json!({"log": format!("{inner}\n"), "stream": "stderr"}))
    }),
    ("JSON of lines", |t| format!("{}\n", json!({"level": "error", "stack": t.lines().collect::<Vec<_>>()}))),
    ("escaped line", |t| {
        format!("2026/11/29 20:00:00 recovered: {}\n", t.replace('\n', "\\n").replace('\t', "\\t"))
    }),
    ("grep -n", |t| {
        each(t, |i, l| format!("{}{}{l}", i + 129, if l.contains("goroutine ") { ':' } else { '-' }))
    }),
    ("grep -H", |t| {
        each(t, |_, l| format!("logs/app.log{}{l}", if l.contains("goroutine ") { ':' } else { '-' }))
    }),
    ("mail", |t| each(t, |_, l| format!("> {l}"))),
    ("mail, twice", |t| each(t, |_, l| format!("> > {l}").trim_end().to_owned())),
    ("Markdown", |t| format!("Crash:\n\n```\n{t}```\n\nThe code is at\n\nmain.go:12\n\nand other.go:7\n")),
    ("Markdown, indented", |t| {
        format!("Crash:\n\n{}\nThe code is at\n\nmain.go:12\n", each(t, |_, l| format!("    {l}")))
    }),
    ("HTML", |t| format!("<p>Crash</p>\n<pre>{}</pre>\n<p>more</p>\n", html(t))),
    ("HTML, lines", |t| html(t).replace('\n', "<br>\n").replace('\t', "&nbsp;&nbsp;")),
    ("ANSI", |t| each(t, |_, l| format!("\u{1b}[0;31m{l}\u{1b}[K\u{1b}[m"))),
    ("CRLF", |t| t.replace('\n', "\r\n")),
    ("empty lines", |t| t.replace('\n', "\n\n")),
];

/// What a person exports, sends or prints: no log has it inside.
pub(super) const PRINTED: [Wrapper; 6] = [
    ("Kibana, CSV", |t| {
        let cell = |l: &str| {
            if l.contains([',', '"']) { format!("\"{}\"", l.replace('"', "\"\"")) } else { l.to_owned() }
        };
        let row = |i, l: &str| format!("\"Nov 29, 2026 @ 20:{}.000\",{},host-1", clock(i), cell(l));
        format!("@timestamp,message,host.name\n{}", each(t, row))
    }),
    ("CloudWatch, text", |t| each(t, |i, l| format!("EVENTS\t17644464{i:05}\t{l}\t17644463{i:05}"))),
    ("cut: GitLab", |t| {
        each(t, |i, l| {
            let line = |(at, (piece, _)): (usize, (String, bool))| {
                format!("{}Z 01E{}{piece}", time(i), if at == 0 { ' ' } else { '+' })
            };
            pieces(l, 50).into_iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
        })
    }),
    ("GitHub Actions, error", |t| {
        each(t, |i, l| format!("{}Z {}{l}", time(i), if i == 0 { "##[error]" } else { "" }))
    }),
    ("cat -A", |t| each(t, |_, l| format!("{}$", l.replace('\t', "^I")))),
    ("cut: mail as it is sent", |t| {
        each(t, |_, l| {
            let line = |(piece, is_last): (String, bool)| {
                let piece = piece.replace('=', "=3D").replace('\t', "=09");
                if is_last { piece } else { piece + "=" }
            };
            pieces(l, 60).into_iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }),
];

/// Lines of a dump in a page, in a source file, in a terminal. Nothing is inside of another one of them.
pub(super) const PAGES: [Wrapper; 18] = [
    ("logcat, long", |t| each(t, |i, l| format!("[ 11-29 20:{}.137 13562:13577 E/Go ]\n{l}\n", clock(i)))),
    ("logcat, process", |t| each(t, |_, l| format!("E(13562) {l}  (GoLog)"))),
    ("supervisord", |t| {
        each(t, |i, l| format!("2026-11-29 20:{},137 DEBG 'app' stderr output:\n{l}", clock(i)))
    }),
    ("mysql", |t| {
        let edge = format!("+{:-<12}+{:-<152}+\n", "", "");
        format!("{edge}{}{edge}", each(t, |i, l| format!("| {i:>10} | {l:<150} |")))
    }),
    ("a box", |t| each(t, |_, l| format!("\u{2502} {l:<150} \u{2502}"))),
    ("numbers", |t| each(t, |i, l| format!("{:>4} \u{2502} {l}", i + 990))),
    ("a comment", |t| format!("/*\n{} */\n", each(t, |_, l| format!(" * {l}")))),
    ("lines of a program", |t| each(t, |_, l| format!("  {},", quoted(l)))),
    ("Ansible", |t| {
        let lines: Vec<String> = t.lines().map(|line| format!("        {}", quoted(line))).collect();
        format!("fatal: [h]: FAILED! => {{\n    \"stderr_lines\": [\n{}\n    ]\n}}\n", lines.join(",\n"))
    }),
    ("a wiki", |t| format!("h2. Crash\n{{noformat}}{}{{noformat}}\nsee main.go:12\n", t.trim_end())),
    ("a chat", |t| format!("bob  8:00 PM\n```{}```\nalice: hm\n", t.trim_end())),
    ("a chat, exported", |t| format!("{}\n", json!([{"user": "U1", "text": format!("```{t}```")}]))),
    ("CDATA", |t| format!("<events><event ts=\"1\"><m><![CDATA[{t}]]></m></event></events>\n")),
    ("an attribute", |t| {
        let value = html(t).replace('\n', "&#xA;").replace('\t', "&#x9;");
        format!("<testsuite><testcase><failure message=\"{value}\"></failure></testcase></testsuite>\n")
    }),
    ("kubectl describe", |t| {
        let lines = each(t, |i, l| format!("      {}{l}", if i == 0 { "Message:      " } else { "" }));
        format!("    Last State:     Terminated\n      Reason:       Error\n{lines}      Exit Code:    2\n")
    }),
    ("YAML, quoted", |t| format!("message: '{}'\n", t.trim_end().replace('\n', "\n\n  "))),
    ("escaped twice", |t| {
        format!("{}\n", json!({"m": t.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")}))
    }),
    ("Python", |t| {
        let text = t.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\'', "\\'");
        format!("b'{text}'\n")
    }),
];

type ByteWrapper = (&'static str, fn(&str) -> Vec<u8>);

/// Those that are no UTF-8.
pub(super) const BYTES: [ByteWrapper; 7] = [
    ("UTF-16, little endian", |t| {
        [0xfeff].into_iter().chain(t.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }),
    ("UTF-16, big endian", |t| {
        [0xfeff].into_iter().chain(t.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    }),
    ("a hole at the start", |t| [&[0; 70_000], t.as_bytes()].concat()),
    ("a hole inside", |t| [b"listening on :80\n", &[0; 5000][..], t.as_bytes()].concat()),
    ("bare carriage returns", |t| t.replace('\n', "\r").into_bytes()),
    ("journal: export", |t| export(t, |line| [b"MESSAGE=", line, b"\n"].concat())),
    ("journal: export, binary", |t| {
        export(t, |line| [b"MESSAGE\n", &(line.len() as u64).to_le_bytes()[..], line, b"\n"].concat())
    }),
];
