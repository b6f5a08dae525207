//! Messages as Go writes them, each field where Go writes it and no long number among them (`runtime/pprof/proto.go`): a capture of
//! a large service has a thousand and more. What is written in another way is left to prost.

use prost::Message;

use super::wire;
use super::wire_format::short;
use super::wire_format::varint;

/// The number of a field with this key, if the field is there, and what stands behind it; 0 if it is not, as protobuf has it.
/// `None` of a long number.
#[inline(always)]
fn optional(key: u8, bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [first, after @ ..] if *first == key => short(after),
        _ => Some((0, bytes)),
    }
}

/// A label of a text (`pbLabel`).
#[inline]
pub(super) fn label(bytes: &[u8]) -> Option<wire::Label> {
    let [0x08, key_and @ ..] = bytes else { return None };
    let (key, [0x10, str_and @ ..]) = short(key_and)? else { return None };
    let (str, []) = short(str_and)? else { return None };
    Some(wire::Label { key: i64::from(key), str: i64::from(str), ..wire::Label::default() })
}

/// A function (`emitLocation`).
pub(super) fn function(body: &[u8]) -> Option<wire::Function> {
    let (id, rest) = optional(0x08, body)?;
    let (name, rest) = optional(0x10, rest)?;
    let (system_name, rest) = optional(0x18, rest)?;
    let (filename, rest) = optional(0x20, rest)?;
    let (start_line, rest) = optional(0x28, rest)?;
    rest.is_empty().then(|| wire::Function {
        id: id.into(),
        name: name.into(),
        system_name: system_name.into(),
        filename: filename.into(),
        start_line: start_line.into(),
    })
}

/// Reads a location into `message` (`emitLocation`, `pbLine`); whether it is one that Go would write. If not, what is in `message`
/// is of no use.
pub(super) fn location(body: &[u8], message: &mut wire::Location) -> bool {
    message.clear();
    read_location(body, message).is_some_and(<[u8]>::is_empty)
}

fn read_location<'b>(body: &'b [u8], message: &mut wire::Location) -> Option<&'b [u8]> {
    let (id, mut rest) = optional(0x08, body)?;
    message.id = id.into();
    if let [0x18, after @ ..] = rest {
        let mut at = 0;
        message.address = varint(after, &mut at, "address").ok()?;
        rest = after.get(at..)?;
    }
    while let [0x22, after @ ..] = rest {
        let (length, after) = short(after)?;
        let (line, after) = after.split_at_checked(length as usize)?;
        let (function_id, line) = optional(0x08, line)?;
        let (number, []) = optional(0x10, line)? else { return None };
        message.line.push(wire::Line { function_id: function_id.into(), line: number.into(), column: 0 });
        rest = after;
    }
    let (mapping_id, rest) = optional(0x10, rest)?;
    message.mapping_id = mapping_id.into();
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_prost_reads_it() {
        let line = |function_id, line| wire::Line { function_id, line, column: 0 };
        let lines = [vec![], vec![line(1, 0)], vec![line(300, 12), line(0, 7)]];
        let numbers = [0, 1, 127, 128, 16_383, 16_384, (1 << 28) - 1, 1 << 28, u64::MAX];
        let mut plain = 0;
        for number in numbers {
            for lines in &lines {
                let id = number / 3;
                let (mapping_id, address, line) = (number % 2, number, lines.clone());
                let whole = wire::Location { id, mapping_id, address, line, is_folded: false };
                // As Go orders them: the mapping last.
                let mapping = wire::Location { mapping_id, ..wire::Location::default() };
                let others = wire::Location { mapping_id: 0, ..whole.clone() };
                let bytes = [others.encode_to_vec(), mapping.encode_to_vec()].concat();
                let mut read = wire::Location::default();
                if location(&bytes, &mut read) {
                    assert_eq!(read, whole);
                    plain += 1;
                }
                for cut in 1..bytes.len() {
                    let mut read = wire::Location::default();
                    if location(&bytes[..cut], &mut read) {
                        assert_eq!(Ok(read), wire::Location::decode(&bytes[..cut]));
                    }
                }
            }
            let (name, filename, start_line) = (number as i64 / 2, 3, number as i64 / 5);
            let whole = wire::Function { id: number / 7, name, system_name: name, filename, start_line };
            if let Some(read) = function(&whole.encode_to_vec()) {
                assert_eq!(read, whole);
                plain += 1;
            }
        }
        assert_eq!(plain, 8 * lines.len() + 8);
        for unlike in [&[0x08, 1, 0x28, 1][..], &[0x08, 1, 0x08, 2], &[0x0a, 0], &[0x08], &[0x22, 3, 8, 1]] {
            assert!(!location(unlike, &mut wire::Location::default()), "{unlike:x?}");
        }
        assert_eq!(function(&[0x10, 1, 0x08, 1]), None);
    }
}
