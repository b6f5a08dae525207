//! A server that answers each request by what it says, and records what it was asked.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// `GET /path?query`.
    pub(crate) line: String,
    /// The headers, in lower case up to the colon.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A status line's end, as in `200 OK`, and a body.
pub(crate) type Answer = (&'static str, Vec<u8>);

/// A server on a free port of loopback, for as long as the process lives.
pub(crate) struct Recorder {
    /// Where it listens.
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Recorder {
    /// Answers with what `answer` makes of a request and of its own address.
    pub(crate) fn start(answer: impl Fn(&Asked, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, record, own) = (Arc::new(answer), Arc::clone(&asked), address.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, record, own) = (Arc::clone(&answer), Arc::clone(&record), own.clone());
                let Ok(stream) = stream else { continue };
                thread::spawn(move || serve(stream, &record, |asked| answer(asked, &own)));
            }
        });
        Self { address, asked }
    }

    /// All that was asked until now.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no holder of the lock panics").clone()
    }

    /// Its first lines, in order.
    #[cfg(feature = "fleet")]
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|it| it.line).collect()
    }
}

fn serve(stream: TcpStream, record: &Mutex<Vec<Asked>>, answer: impl Fn(&Asked) -> Answer) {
    let mut asked = Asked::default();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        let text = line.trim_end();
        match text.split_once(": ") {
            _ if asked.line.is_empty() => asked.line = text.replace(" HTTP/1.1", ""),
            Some((name, value)) => asked.headers.push(format!("{}: {value}", name.to_lowercase())),
            None => {}
        }
        line.clear();
    }
    let length = asked.header("content-length").map_or(0, |it| it.parse().expect("it is a number"));
    asked.body.resize(length, 0);
    if reader.read_exact(&mut asked.body).is_err() {
        return;
    }
    record.lock().expect("no holder of the lock panics").push(asked.clone());
    let (status, body) = answer(&asked);
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that went early is no fault of this server.
    let _ = reader.into_inner().write_all(&[head.as_bytes(), &body].concat());
}
