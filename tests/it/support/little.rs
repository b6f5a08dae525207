//! A server of a few lines that answers each request as the test says.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

/// What the server does with one request.
pub(crate) enum Answer {
    /// A body with its status line's end, as in `200 OK`.
    Whole(&'static str, Vec<u8>),
    /// Closes without a word.
    Close,
    /// Says nothing until the client goes.
    Hold,
}

/// A server on a free port of loopback, for as long as the process lives.
pub(crate) struct Little {
    /// Where it listens.
    pub(crate) address: String,
    /// Requests seen.
    pub(crate) seen: Arc<AtomicUsize>,
}

impl Little {
    /// Answers the request of this number, from 0.
    pub(crate) fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                let Ok(stream) = stream else { continue };
                thread::spawn(move || serve(stream, &*answer, &count));
            }
        });
        Self { address, seen }
    }
}

fn serve(mut stream: TcpStream, answer: &(dyn Fn(usize) -> Answer + Send + Sync), count: &AtomicUsize) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(n) if n > 0 => head.extend_from_slice(&piece[..n]),
            _ => return,
        }
    }
    // A client that was killed is what some of the tests are about.
    let _ = match answer(count.fetch_add(1, Ordering::SeqCst)) {
        Answer::Whole(status, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all(&[head.as_bytes(), &body].concat())
        }
        Answer::Close => Ok(()),
        Answer::Hold => stream.read(&mut piece).map(|_| ()),
    };
}
