//! Unpacks gzip, bounded: every unpacked byte is counted, over all members and layers.

use std::io::Read;
use std::ops::Deref;

use flate2::bufread::GzDecoder;

use super::DecodeError;
use super::Limits;
use super::limits::RATIO_FROM;
use crate::model::Warning;
use crate::storage::InflateBuffer;

/// Bytes that are not packed, or are no more.
#[derive(Debug)]
pub(super) enum Unpacked<'a> {
    /// As they came.
    AsIs(&'a [u8]),
    /// What was inside of gzip.
    Inflated(InflateBuffer),
}

impl Deref for Unpacked<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Unpacked::AsIs(bytes) => bytes,
            Unpacked::Inflated(room) => room,
        }
    }
}

/// The bytes themselves, or what is inside of their gzip, and what was odd about it.
pub(super) fn unpack<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<(Unpacked<'a>, Vec<Warning>), DecodeError> {
    let mut current = Unpacked::AsIs(bytes);
    let mut warnings = Vec::new();
    let mut spent = 0;
    for _ in 0..limits.max_layers {
        if !is_gzip(&current) {
            return Ok((current, warnings));
        }
        let mut unpacked = inflate(&current, bytes.len(), spent, limits, &mut warnings)?;
        unpacked.shrink_to_fit();
        current = Unpacked::Inflated(unpacked);
        if spent > 0 {
            warnings
                .push(Warning::note("the file is packed twice, as some proxies do; both layers were undone"));
        }
        spent += current.len() as u64;
    }
    if is_gzip(&current) {
        let what = format!("layers of gzip ({spent} unpacked bytes so far)");
        return Err(DecodeError::Limit { what, limit: limits.max_layers as u64, flag: "--max-layers" });
    }
    Ok((current, warnings))
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Bytes are inflated in pieces of this size: what is too much is seen behind each.
const PIECE: usize = 1 << 20;

/// Where more bytes come than were told of, there is room made for so many at a time.
const MORE: usize = 64 << 10;

/// How many bytes gzip says that it holds, in its last four (modulo 2^32, of several members the last): what may be expected, if
/// so many can come of it and may.
fn declared_total(packed: &[u8], spent: u64, limits: &Limits) -> usize {
    // Deflate makes no more of a byte.
    const MOST: usize = 1032;
    let declared_total = packed.last_chunk().map_or(0, |size| u32::from_le_bytes(*size));
    let declared_total =
        u64::from(declared_total).min(limits.max_inflated).min(limits.max_memory.saturating_sub(spent));
    packed.len().saturating_mul(MOST).min(declared_total as usize)
}

/// All members of one layer; `whole` is the size of the outermost. What follows the last member is told, unless it is padding.
fn inflate(
    packed: &[u8],
    whole: usize,
    spent: u64,
    limits: &Limits,
    warnings: &mut Vec<Warning>,
) -> Result<InflateBuffer, DecodeError> {
    let mut out = InflateBuffer::with_size_hint(declared_total(packed, spent, limits));
    let mut rest = packed;
    let mut members = 0;
    loop {
        let mut member = GzDecoder::new(rest);
        loop {
            if out.spare_mut(PIECE).is_empty() {
                reserve(&mut out)?;
            }
            let n = match member.read(out.spare_mut(PIECE)) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) => {
                    return Err(DecodeError::Gzip {
                        fault: describe(&error, packed.len()),
                        inflated: out.len() as u64,
                    });
                }
            };
            out.commit(n);
            check_size(out.len() as u64, whole as u64, spent, limits)?;
            limits.check_memory(spent + out.len() as u64)?;
        }
        rest = member.into_inner();
        members += 1;
        if rest.iter().all(|&byte| byte == 0) {
            if !rest.is_empty() {
                let text = format!(
                    "{} trailing zero bytes after the end of the gzip stream were ignored",
                    rest.len()
                );
                warnings.push(Warning::note(text));
            }
            if members > 1 {
                let text = format!("the file is {members} gzip streams, concatenated; all were read");
                warnings.push(Warning::note(text));
            }
            return Ok(out);
        }
        if !is_gzip(rest) {
            let text = format!("{} trailing bytes after the end of the gzip stream were ignored", rest.len());
            warnings.push(Warning::note(text));
            return Ok(out);
        }
    }
}

fn check_size(inflated: u64, packed: u64, spent: u64, limits: &Limits) -> Result<(), DecodeError> {
    if spent + inflated > limits.max_inflated {
        let what = "unpacked bytes".to_owned();
        return Err(DecodeError::Limit { what, limit: limits.max_inflated, flag: "--max-inflated" });
    }
    if inflated > RATIO_FROM && inflated / limits.max_ratio.max(1) > packed {
        let what = "unpacked bytes for each packed byte (a decompression bomb?)".to_owned();
        return Err(DecodeError::Limit { what, limit: limits.max_ratio, flag: "--max-ratio" });
    }
    Ok(())
}

fn reserve(out: &mut InflateBuffer) -> Result<(), DecodeError> {
    out.reserve(MORE).map_err(|_| {
        let kind = std::io::ErrorKind::OutOfMemory;
        let what = format!("the system has no memory for more than {} unpacked bytes", out.len());
        DecodeError::Read { source: std::io::Error::new(kind, what) }
    })
}

fn describe(error: &std::io::Error, packed: usize) -> String {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return format!("truncated: the stream ends early, at byte {packed},");
    }
    if error.kind() == std::io::ErrorKind::InvalidInput && error.to_string().contains("checksum") {
        return "corrupt stream: its checksum or its length does not match,".to_owned();
    }
    format!("corrupt stream ({error})")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("a Vec takes all bytes");
        encoder.finish().expect("a Vec takes all bytes")
    }

    fn check(input: &[u8], expected: Result<&str, &str>) {
        let outcome = unpack(input, &Limits { max_inflated: 1000, ..Limits::default() });
        match (outcome, expected) {
            (Ok((bytes, _)), Ok(expected)) => assert_eq!(&*bytes, expected.as_bytes()),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error} has no {part}"),
            (outcome, expected) => panic!("{outcome:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn layers_members_and_ends() {
        let one = packed(b"abc");
        check(b"plain", Ok("plain"));
        check(&one, Ok("abc"));
        check(&packed(&one), Ok("abc"));
        check(&packed(&packed(&one)), Err("unpacked bytes so far) exceed the limit of 2"));
        check(&[one.clone(), packed(b"def")].concat(), Ok("abcdef"));
        check(&[one.clone(), vec![0; 3]].concat(), Ok("abc"));
        check(&[one.clone(), b"junk".to_vec()].concat(), Ok("abc"));
        check(&[one.clone(), vec![b'x'; 2000], vec![0, 0, 8, 0]].concat(), Ok("abc"));
        check(&packed(&[b'x'; 1001]), Err("exceed the limit of 1000"));
        for n in 2..one.len() {
            check(&one[..n], Err("truncated"));
        }
    }

    /// What is large lies in large pages, as far as the last member's size told; the rest makes it move.
    #[test]
    fn large_members() {
        let content = |size: usize| (0..size).map(|at| (at / 7 % 251) as u8).collect::<Vec<_>>();
        let check = |sizes: &[usize]| {
            let parts: Vec<Vec<u8>> = sizes.iter().map(|size| content(*size)).collect();
            let input: Vec<u8> = parts.iter().flat_map(|it| packed(it)).collect();
            let (bytes, warnings) = unpack(&input, &Limits::default()).expect("is whole");
            assert!(*bytes == *parts.concat(), "members of {sizes:?} bytes");
            assert_eq!(warnings.len(), usize::from(sizes.len() > 1), "{warnings:?}");
        };
        check(&[3 << 20]);
        check(&[3 << 20, 3 << 20]);
        check(&[3 << 20, 10]);
        check(&[1 << 20]);
        check(&[(1 << 20) + 1]);
        check(&[100_000, 1]);
        check(&[10, 3 << 20]);
        check(&[1 << 20, 2 << 20, 9 << 20, 2 << 20]);

        let mut lies = packed(&content(3 << 20));
        let size = lies.len() - 4;
        for told in [0, 2 << 20, 4 << 20, u32::MAX] {
            lies[size..].copy_from_slice(&told.to_le_bytes());
            let error = unpack(&lies, &Limits::default()).expect_err("its size is a lie");
            assert!(error.to_string().contains("checksum or its length"), "{error}");
        }
    }
}
