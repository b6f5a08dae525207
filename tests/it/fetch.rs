//! Fetching from servers that behave and servers that do not.
#![expect(clippy::disallowed_methods, reason = "limits on time are what some of these tests are about")]

use std::error::Error;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use leakscope::source::Client;
use leakscope::source::Fetched;
use leakscope::source::HttpOptions;
use leakscope::source::SourceError;
use leakscope::source::Target;
use leakscope::source::block_on;

/// What the server does with one connection.
#[derive(Clone)]
enum Answer {
    /// Sends this, then closes.
    Send(String),
    /// Sends this, then says nothing until the client goes.
    Hold(String),
    /// Sends this, then the second for as long as the client listens.
    Repeat(String, &'static str),
}

/// A server on a free port of loopback; the last answer holds for all further connections.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let answer = answers.get(index).or(answers.last()).expect("a server has an answer");
                answer_one(stream.expect("the client connected"), answer, &seen);
            }
        });
        Self { port, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no holder of the lock panics").clone()
    }
}

fn answer_one(mut stream: impl Read + Write, answer: &Answer, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.extend_from_slice(&byte);
        // The first byte of a TLS handshake: it has no line ends to wait for.
        if head.first() == Some(&0x16) {
            break;
        }
    }
    seen.lock().expect("no holder of the lock panics").push(String::from_utf8_lossy(&head).into_owned());
    // A client that went early is what some of the tests are about.
    let _ = match answer {
        Answer::Send(text) => stream.write_all(text.as_bytes()),
        Answer::Hold(text) => {
            stream.write_all(text.as_bytes()).and_then(|()| stream.read(&mut byte).map(|_| ()))
        }
        Answer::Repeat(text, again) => {
            let mut sent = stream.write_all(text.as_bytes());
            while sent.is_ok() {
                sent = stream.write_all(again.as_bytes());
            }
            sent
        }
    };
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn status(line: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn quick() -> HttpOptions {
    HttpOptions {
        connect_timeout: Duration::from_millis(2_000),
        idle_timeout: Duration::from_millis(200),
        timeout: Duration::from_millis(4_000),
        max_input: 100_000,
        retries: 0,
        ..HttpOptions::default()
    }
}

fn fetch(target: &str, options: &HttpOptions) -> Result<Fetched, SourceError> {
    let target = Target::parse(target)?;
    let client = Client::new(options, &target)?;
    block_on(client.get(&target, "goroutine", None))
}

/// The error with its causes and hint, as the binary shows it.
fn message(error: &SourceError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    match error.hint() {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// Fetches from a server with one answer and looks for words in the error.
fn check_fault(answer: Answer, options: &HttpOptions, words: &[&str]) {
    let server = Server::start(vec![answer]);
    let error = fetch(&format!("127.0.0.1:{}", server.port), options).expect_err("a fault");
    let text = message(&error);
    assert!(text.contains(&format!("http://127.0.0.1:{}/debug/pprof/goroutine", server.port)), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

#[test]
fn gives_the_bytes_as_sent() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nprof\r\n3\r\nile\r\n0\r\n\r\n";
    let until_close = "HTTP/1.0 200 OK\r\n\r\nprofile";
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nprofile";
    for answer in [ok("profile"), chunked.to_owned(), until_close.to_owned(), gzip.to_owned()] {
        let server = Server::start(vec![Answer::Send(answer)]);
        let target = format!("127.0.0.1:{}/base?token=s3cr3t", server.port);
        let fetched = fetch(&target, &quick()).expect("a good answer");
        assert_eq!(fetched.bytes, b"profile");
        assert_eq!(fetched.status, 200);
        assert!(fetched.requested_at <= fetched.answered_at);
        let shown = format!("http://127.0.0.1:{}/base/debug/pprof/goroutine?token=***", server.port);
        assert_eq!(fetched.url, shown);
        let request = server.requests().concat().to_ascii_lowercase();
        assert!(
            request.starts_with("get /base/debug/pprof/goroutine?token=s3cr3t http/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("\r\naccept-encoding: identity\r\n"), "{request}");
        assert!(!request.contains("authorization"), "{request}");
    }
}

#[test]
fn drops_a_body_that_is_not_whole() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let send = |text: String| Answer::Send(text);
    check_fault(
        send(short.to_owned()),
        &quick(),
        &["reading the body, 4 of 100 bytes received", "end of file"],
    );
    check_fault(send(format!("{chunk}4\r\nhalf\r\n")), &quick(), &["reading the body, 4 bytes received"]);
    check_fault(
        send(format!("{chunk}4\r\nhalf\r\nzz\r\n")),
        &quick(),
        &["reading the body, 4 bytes received"],
    );
    check_fault(send(format!("{chunk}ffffffffffffffff\r\nhalf")), &quick(), &["reading the body"]);
}

#[test]
fn stops_at_the_size_limit() {
    let huge = "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n";
    check_fault(
        Answer::Hold(huge.to_owned()),
        &quick(),
        &["9000000000 bytes are larger than the limit of 100000 bytes", "--max-input"],
    );
    let endless = Answer::Repeat("HTTP/1.1 200 OK\r\n\r\n".to_owned(), "0123456789");
    check_fault(endless, &quick(), &["larger than the limit of 100000 bytes", "--max-input"]);
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    check_fault(
        Answer::Repeat(chunks, "4\r\nmore\r\n"),
        &quick(),
        &["larger than the limit of 100000 bytes"],
    );
}

#[test]
fn stops_at_the_time_limits() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let started = Instant::now();
    check_fault(
        Answer::Hold(half.to_owned()),
        &quick(),
        &["reading the body, 4 of 100 bytes received: exceeded the limit of 200ms", "--idle-timeout"],
    );
    check_fault(
        Answer::Hold(String::new()),
        &quick(),
        &["waiting for the first byte: exceeded the limit of 200ms", "--idle-timeout"],
    );
    let hurried = HttpOptions { timeout: Duration::from_millis(100), ..quick() };
    check_fault(
        Answer::Hold(half.to_owned()),
        &hurried,
        &[
            "reading the body, 4 of 100 bytes received: exceeded the limit of 100ms",
            "hint: raise the limit with --timeout",
        ],
    );
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn names_the_step_that_failed() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = gone.local_addr().expect("a bound listener has an address").port();
    drop(gone);
    let error = fetch(&format!("user:s3cr3t@127.0.0.1:{port}"), &quick()).expect_err("nothing listens");
    let text = message(&error);
    assert!(text.contains(": connecting: Connection refused"), "{text}");
    assert!(text.contains("is the server running, and does it listen"), "{text}");
    assert!(!text.contains("s3cr3t"), "{text}");

    let plain = Server::start(vec![Answer::Send(status("400 Bad Request", "", ""))]);
    let options = HttpOptions { insecure: true, ..quick() };
    let error = fetch(&format!("https://127.0.0.1:{}", plain.port), &options).expect_err("no TLS");
    let text = message(&error);
    assert!(text.contains(": TLS handshake: "), "{text}");
    assert!(text.contains(&format!("try http://127.0.0.1:{}/", plain.port)), "{text}");

    check_fault(Answer::Send("SSH-2.0-x\r\n".to_owned()), &quick(), &["first byte", "write https://"]);
    check_fault(Answer::Send(String::new()), &quick(), &["first byte", "the server closed the connection"]);
}

#[test]
fn explains_a_status() {
    let cases = [
        ("404 Not Found", "X-Go-Pprof: 1\r\n", "Unknown profile\n", "goroutineleak needs Go 1.27"),
        ("404 Not Found", "", "404 page not found\n", "import _ \"net/http/pprof\""),
        ("401 Unauthorized", "WWW-Authenticate: Basic\r\n", "", "--bearer-env, --user or --header"),
        ("403 Forbidden", "", "{\"reason\":\"Forbidden\"}", "--bearer-env, --user or --header"),
        ("405 Method Not Allowed", "", "", "status 405 Method Not Allowed"),
        ("407 Proxy Authentication Required", "", "", "NO_PROXY"),
        ("429 Too Many Requests", "Retry-After: 86400\r\n", "", "status 429 Too Many Requests"),
        ("400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n", "write https://"),
        ("500 Oops", "", "\x1b[2J::error\n", "\\x1b[2J::error"),
        ("204 No Content", "", "", "status 204 No Content"),
        ("206 Partial Content", "", "part", "status 206 Partial Content"),
    ];
    for (line, headers, body, word) in cases {
        check_fault(Answer::Send(status(line, headers, body)), &quick(), &[word]);
    }
    let endless = Answer::Repeat("HTTP/1.1 404 Not Found\r\n\r\n".to_owned(), "<html>");
    check_fault(endless, &quick(), &["status 404 Not Found: \"<html>", "…\""]);
    let brotli = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx";
    check_fault(Answer::Send(brotli.to_owned()), &quick(), &["content coding br"]);
}

#[test]
fn names_the_prefix_of_the_host_that_has_no_profiles() {
    let server = Server::start(vec![Answer::Send(status("404 Not Found", "", ""))]);
    let error = fetch(&format!("127.0.0.1:{}", server.port), &quick()).expect_err("no such page");
    let hint = error.hint().expect("a 404 can be mended");
    let named = format!("leakscope fetch 127.0.0.1:{}/internal/debug/pprof", server.port);
    assert!(hint.ends_with(&named), "{hint}");
}

#[test]
fn follows_redirects_within_the_origin() {
    let moved = status("302 Found", "Location: /elsewhere/debug/pprof/goroutine\r\n", "");
    let server = Server::start(vec![Answer::Send(moved), Answer::Send(ok("profile"))]);
    let options = HttpOptions { bearer: Some("s3cr3t".to_owned()), ..quick() };
    let fetched = fetch(&format!("127.0.0.1:{}", server.port), &options).expect("a good answer");
    assert_eq!(fetched.bytes, b"profile");
    assert!(fetched.url.ends_with("/elsewhere/debug/pprof/goroutine"), "{}", fetched.url);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert!(request.contains("Bearer s3cr3t"), "{request}");
    }

    let circle = Server::start(vec![Answer::Send(status("307 Temporary", "Location: /debug\r\n", ""))]);
    let error = fetch(&format!("127.0.0.1:{}", circle.port), &quick()).expect_err("a circle");
    assert!(message(&error).contains("more than 5 redirects"), "{}", message(&error));
    assert_eq!(circle.requests().len(), 6);
}

#[test]
fn never_carries_credentials_to_another_origin() {
    let other = Server::start(vec![Answer::Send(ok("profile"))]);
    let place = format!("http://127.0.0.1:{}/debug/pprof/goroutine", other.port);
    let location = format!("Location: {place}?sig=s3cr3t\r\n");
    let server = Server::start(vec![Answer::Send(status("302 Found", &location, ""))]);
    let options = HttpOptions {
        headers: vec![("X-Api-Key".to_owned(), "s3cr3t".to_owned())],
        user: Some(("user".to_owned(), "s3cr3t".to_owned())),
        ..quick()
    };
    let error = fetch(&format!("127.0.0.1:{}", server.port), &options).expect_err("another origin");
    let text = message(&error);
    assert!(text.contains(&format!("leakscope fetch {place}?sig=***")), "{text}");
    assert!(!format!("{text} {error:?}").contains("s3cr3t"), "{text}");
    assert!(other.requests().is_empty());

    let faults = [
        ("Location: http://user:s3cr3t@127.0.0.1:1/\r\n", "it contains credentials"),
        ("Location: file:///etc/passwd\r\n", "neither http nor https"),
        ("Location: http://[::1\r\n", "not a URL"),
        ("", "no Location"),
    ];
    for (location, word) in faults {
        check_fault(Answer::Send(status("302 Found", location, "")), &quick(), &[word]);
    }
}

#[test]
fn sends_the_credentials_given() {
    let basic = "authorization: Basic dXNlcjpwYXNz\r\n";
    let named = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    let key = vec![("X-Api-Key".to_owned(), "k".to_owned())];
    let cases = [
        ("", HttpOptions { bearer: Some("abc".to_owned()), ..quick() }, "authorization: Bearer abc\r\n"),
        ("", HttpOptions { user: named("user", "pass"), ..quick() }, basic),
        ("user:pass@", quick(), basic),
        ("other:word@", HttpOptions { user: named("user", "pass"), ..quick() }, basic),
        ("", HttpOptions { headers: key, ..quick() }, "x-api-key: k\r\n"),
    ];
    for (userinfo, options, line) in cases {
        let server = Server::start(vec![Answer::Send(ok("profile"))]);
        fetch(&format!("http://{userinfo}127.0.0.1:{}", server.port), &options).expect("a good answer");
        let request = server.requests().concat();
        assert!(request.contains(line), "no {line:?} in {request}");
        assert_eq!(
            request.matches("authorization").count(),
            usize::from(line.starts_with("auth")),
            "{request}"
        );
    }
}

#[test]
fn keeps_a_client_to_its_target() {
    let server = Server::start(vec![Answer::Send(ok("profile"))]);
    let own = Target::parse("localhost:1").expect("a target");
    let other = Target::parse(&format!("127.0.0.1:{}", server.port)).expect("a target");
    let client = Client::new(&quick(), &own).expect("a client");
    let error = block_on(client.get(&other, "goroutine", None)).expect_err("another target");
    assert!(error.to_string().contains("made for http://localhost:1"), "{error}");
    assert!(server.requests().is_empty());
}

#[test]
fn tries_again_what_passes() {
    let busy = Answer::Send(status("503 Service Unavailable", "Retry-After: 0\r\n", ""));
    let server = Server::start(vec![busy.clone(), busy.clone(), Answer::Send(ok("profile"))]);
    let options = HttpOptions { retries: 2, ..quick() };
    let fetched = fetch(&format!("127.0.0.1:{}", server.port), &options).expect("the third try is good");
    assert_eq!(fetched.bytes, b"profile");
    assert_eq!(server.requests().len(), 3);

    let server = Server::start(vec![busy]);
    let error = fetch(&format!("127.0.0.1:{}", server.port), &options).expect_err("busy for ever");
    assert!(error.to_string().contains("503 Service Unavailable (3 attempts)"), "{error}");
    assert_eq!(server.requests().len(), 3);

    let denied = Server::start(vec![Answer::Send(status("401 Unauthorized", "", ""))]);
    fetch(&format!("127.0.0.1:{}", denied.port), &options).expect_err("denied");
    assert_eq!(denied.requests().len(), 1);
}

#[test]
#[cfg(unix)]
fn fetches_over_a_unix_socket() {
    use std::os::unix::net::UnixListener;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("pprof.sock");
    let target = format!("unix:{}:/base", path.display());
    let error = fetch(&target, &quick()).expect_err("no socket yet");
    assert!(message(&error).contains("listen on that socket"), "{}", message(&error));

    let listener = UnixListener::bind(&path).expect("a socket can be bound");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the client connects");
        answer_one(stream, &Answer::Send(ok("profile")), &requests);
    });
    let fetched = fetch(&target, &quick()).expect("a good answer");
    server.join().expect("the server ends well");
    assert_eq!(fetched.bytes, b"profile");
    assert_eq!(fetched.url, format!("{target}/debug/pprof/goroutine"));
    let requests = seen.lock().expect("no holder of the lock panics").concat();
    assert!(requests.starts_with("GET /base/debug/pprof/goroutine HTTP/1.1\r\n"), "{requests}");
}

#[test]
fn resets_before_the_first_byte_are_tried_again() {
    // A server that closes with the request unread resets the connection.
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let seen = Mutex::new(Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut first, _) = listener.accept().expect("the client connects");
            reset(&mut first);
            drop(first);
            let (second, _) = listener.accept().expect("the client connects again");
            answer_one(second, &Answer::Send(ok("profile")), &seen);
        });
        let options = HttpOptions { retries: 1, ..quick() };
        let fetched = fetch(&format!("127.0.0.1:{port}"), &options).expect("the second try is good");
        assert_eq!(fetched.bytes, b"profile");
    });
}

/// Waits for the request and leaves most of it unread.
fn reset(stream: &mut TcpStream) {
    stream.read_exact(&mut [0; 4]).expect("the client sends a request");
}
