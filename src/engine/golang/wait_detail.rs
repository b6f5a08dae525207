//! What a wait for the network or a system call is for, inferred from the frames.

use crate::model::BlockedOn;

/// One or two words by the names of the frames, leaf first. `None` for other waits, and if no frame is known.
pub fn detail<'a>(blocked_on: BlockedOn, frames: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if blocked_on == BlockedOn::Network {
        let has = |prefix: &str| frames.clone().any(|name| name.starts_with(prefix));
        return NETWORK.iter().find(|(prefix, _)| has(prefix)).map(|(_, word)| (*word).to_owned());
    }
    if blocked_on == BlockedOn::Syscall { syscall(frames) } else { None }
}

/// Prefixes of function names, the outer frames first, because they say more.
const NETWORK: [(&str, &str); 9] = [
    ("crypto/tls.(*Conn).Handshake", "TLS handshake"),
    ("crypto/tls.(*Conn).clientHandshake", "TLS handshake"),
    ("crypto/tls.(*Conn).serverHandshake", "TLS handshake"),
    ("net.(*Resolver).", "DNS"),
    ("internal/poll.(*FD).Accept", "accept"),
    ("internal/poll.(*FD).WaitWrite", "connect"),
    ("os.(*File).", "file or pipe"),
    ("internal/poll.(*FD).Write", "write"),
    ("internal/poll.(*FD).Read", "read"),
];

fn syscall<'a>(mut frames: impl Iterator<Item = &'a str>) -> Option<String> {
    frames.find_map(|name| {
        if let Some((_, function)) = name.split_once("._Cfunc_") {
            return Some(format!("C: {function}"));
        }
        if name.starts_with("os/signal.") {
            return Some("signals".to_owned());
        }
        let call = name.strip_prefix("syscall.").or_else(|| name.strip_prefix("golang.org/x/sys/unix."))?;
        let is_gate = ["Syscall", "RawSyscall", "syscall"].iter().any(|gate| call.starts_with(gate));
        (!is_gate).then(|| call.to_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details() {
        let check = |blocked_on, frames: &str, expected: Option<&str>| {
            assert_eq!(detail(blocked_on, frames.split(" < ")).as_deref(), expected, "{frames}");
        };
        let poll = "internal/poll.runtime_pollWait < internal/poll.(*FD).Read";
        check(BlockedOn::Network, &format!("{poll} < net.(*conn).Read < main.f"), Some("read"));
        check(
            BlockedOn::Network,
            &format!("{poll} < net.(*conn).Read < crypto/tls.(*Conn).HandshakeContext"),
            Some("TLS handshake"),
        );
        check(BlockedOn::Network, &format!("{poll} < os.(*File).Read < main.f"), Some("file or pipe"));
        check(BlockedOn::Network, "internal/poll.(*FD).Accept < net.(*netFD).accept", Some("accept"));
        check(BlockedOn::Syscall, "syscall.Syscall < syscall.read < syscall.Read < main.f", Some("read"));
        check(BlockedOn::Syscall, "main._Cfunc_wait < main.f", Some("C: wait"));
        check(BlockedOn::Syscall, "main.f", None);
        check(BlockedOn::Select, "net.(*Resolver).lookup", None);
    }
}
