//! Decompresses gzip within limits, which hold for all members and layers together.

use std::io::Error;
use std::io::ErrorKind;
use std::io::Read;
use std::ops::Deref;

use flate2::bufread::GzDecoder;

use super::DecodeError;
use super::Limits;
use super::limits::RATIO_FROM;
use super::limits::check_limit;
use crate::model::Warning;
use crate::storage::InflateBuffer;

/// Bytes that are not compressed, or not any more.
#[derive(Debug)]
pub(super) enum Unpacked<'a> {
    AsIs(&'a [u8]),
    Owned(Vec<u8>),
    Inflated(InflateBuffer),
}

impl Deref for Unpacked<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Unpacked::AsIs(bytes) => bytes,
            Unpacked::Owned(bytes) => bytes,
            Unpacked::Inflated(buffer) => buffer,
        }
    }
}

/// Decompresses the bytes if they are gzip. Returns also remarks on the compression.
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
            let text = "the file is compressed twice, as some proxies do; both layers were decompressed";
            warnings.push(Warning::note(text));
        }
        spent += current.len() as u64;
    }
    if is_gzip(&current) {
        let what = format!("layers of gzip ({spent} unpacked bytes so far)");
        return Err(DecodeError::Limit { what, limit: limits.max_layers as u64, flag: Some("--max-layers") });
    }
    Ok((current, warnings))
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The number of bytes that are decompressed between two checks of the limits.
const STEP: usize = 1 << 20;

/// The number of zero bytes at the start after which no more are kept, except those that were decompressed together: a truncated log has a hole there, and a decompression bomb often is
/// nothing else.
const MAX_HOLE: usize = 64 << 10;

/// The capacity that is added when the stream is longer than its size hint.
const GROWTH: usize = 64 << 10;

/// The expected decompressed size: what the last four bytes of the stream declare (for the last member, modulo 2^32),
/// but at most what the limits allow. What declares far more than it packs is not believed: the buffer grows as it is
/// filled.
fn size_hint(packed: &[u8], spent: u64, limits: &Limits) -> usize {
    /// A higher ratio is rare in profiles, and usual in decompression bombs.
    const MAX_RATIO: usize = 64;
    /// So much may be reserved whatever the ratio.
    const MIN: usize = 32 << 20;
    let declared = packed.last_chunk().map_or(0, |size| u32::from_le_bytes(*size));
    let allowed = limits.max_inflated.min(limits.max_memory.saturating_sub(spent));
    packed.len().saturating_mul(MAX_RATIO).max(MIN).min(u64::from(declared).min(allowed) as usize)
}

/// Decompresses all members of one layer. `whole` is the size of the outermost layer, `spent` that of the decompressed
/// ones.
fn inflate(
    packed: &[u8],
    whole: usize,
    spent: u64,
    limits: &Limits,
    warnings: &mut Vec<Warning>,
) -> Result<InflateBuffer, DecodeError> {
    let mut out = InflateBuffer::with_size_hint(size_hint(packed, spent, limits));
    let mut stream = Stream { whole, spent, ..Stream::of(packed, limits) };
    let mut is_hole = true;
    loop {
        if out.spare_mut(STEP).is_empty() {
            out.reserve(GROWTH).map_err(|_| {
                let what = format!("the system has no memory for more than {} decompressed bytes", out.len());
                DecodeError::Read { source: Error::new(ErrorKind::OutOfMemory, what) }
            })?;
        }
        let n = stream.next(out.spare_mut(STEP))?;
        if n == 0 {
            warnings.extend(stream.warnings());
            return Ok(out);
        }
        limits.check_memory(spent + stream.inflated)?;
        is_hole = is_hole && out.spare_mut(n).iter().all(|byte| *byte == 0);
        if !(is_hole && out.len() >= MAX_HOLE) {
            out.commit(n);
        }
    }
}

/// All members of a layer of gzip, decompressed within limits as they are read.
pub(super) struct Stream<'a> {
    packed: &'a [u8],
    /// The size of the outermost layer, and what the layers around this one have as decompressed bytes.
    whole: usize,
    spent: u64,
    limits: &'a Limits,
    member: GzDecoder<&'a [u8]>,
    members: usize,
    inflated: u64,
}

impl<'a> Stream<'a> {
    pub(super) fn of(packed: &'a [u8], limits: &'a Limits) -> Self {
        let (whole, member) = (packed.len(), GzDecoder::new(packed));
        Stream { packed, whole, spent: 0, limits, member, members: 1, inflated: 0 }
    }

    /// Decompresses more bytes; returns their number, which is 0 at the end only.
    fn next(&mut self, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        loop {
            let inflated = self.inflated;
            let failed = |it| DecodeError::Gzip { fault: describe(&it, self.packed.len()), inflated };
            let n = self.member.read(buffer).map_err(failed)?;
            self.inflated += n as u64;
            if n > 0 {
                // The part of the outermost layer that was needed for what is decompressed so far.
                let consumed = (self.packed.len() - self.member.get_ref().len()) as u128 * self.whole as u128;
                let consumed = (consumed / self.packed.len().max(1) as u128) as u64;
                check_size(self.inflated, consumed, self.spent, self.limits)?;
                return Ok(n);
            }
            let rest = *self.member.get_ref();
            if !is_gzip(rest) {
                return Ok(0);
            }
            self.member = GzDecoder::new(rest);
            self.members += 1;
        }
    }

    /// The number of bytes that were decompressed.
    pub(super) fn inflated(&self) -> u64 {
        self.inflated
    }

    /// Remarks on what was read to its end.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let (rest, members) = (*self.member.get_ref(), self.members);
        let mut warnings = Vec::new();
        let is_zero = rest.iter().all(|&byte| byte == 0);
        if !rest.is_empty() {
            let (n, what) = (rest.len(), if is_zero { "zero bytes" } else { "bytes" });
            let text = format!("{n} trailing {what} after the end of the gzip stream were ignored");
            warnings.push(Warning::note(text));
        }
        if is_zero && members > 1 {
            let text = format!("the file is a concatenation of {members} gzip streams; all were read");
            warnings.push(Warning::note(text));
        }
        warnings
    }
}

impl Read for Stream<'_> {
    /// An error contains a [`DecodeError`].
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.next(buffer).map_err(Error::other)
    }
}

fn check_size(inflated: u64, consumed: u64, spent: u64, limits: &Limits) -> Result<(), DecodeError> {
    check_limit(spent + inflated, limits.max_inflated, || "unpacked bytes", "--max-inflated")?;
    if inflated > RATIO_FROM && inflated / limits.max_ratio.max(1) > consumed {
        let what = "unpacked bytes for each packed byte (a decompression bomb?)".to_owned();
        return Err(DecodeError::Limit { what, limit: limits.max_ratio, flag: Some("--max-ratio") });
    }
    Ok(())
}

fn describe(error: &Error, packed: usize) -> String {
    if error.kind() == ErrorKind::UnexpectedEof {
        return format!("truncated: the stream ends early, at byte {packed},");
    }
    if error.kind() == ErrorKind::InvalidInput && error.to_string().contains("checksum") {
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

    /// A decompression bomb is not decompressed to its end.
    #[test]
    fn bombs() {
        let check = |content: &[u8], repeated: usize, part: &str| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            for _ in 0..repeated {
                encoder.write_all(content).expect("a Vec takes all bytes");
            }
            let bomb = encoder.finish().expect("a Vec takes all bytes");
            let error = unpack(&bomb, &Limits::default()).expect_err("it is a bomb").to_string();
            assert!(error.contains(part), "{error} has no {part}");
        };
        check(&[0; 1 << 20], 130, "unpacked bytes for each packed byte (a decompression bomb?)");
        check(&[b'x'; 1 << 20], 130, "unpacked bytes for each packed byte (a decompression bomb?)");
    }

    #[test]
    fn a_hole_is_shortened() {
        let check = |zeros: usize, kept: usize| {
            let log = [vec![0; zeros], b"goroutine 7 [select]:\n".to_vec(), vec![0; 9]].concat();
            let input = packed(&log);
            let (bytes, _) = unpack(&input, &Limits::default()).expect("it is complete");
            assert!(bytes.len() <= log.len() - zeros + kept, "{zeros}: {}", bytes.len());
            assert!(bytes.ends_with(b"[select]:\n\0\0\0\0\0\0\0\0\0"), "{zeros}");
        };
        check(5, 5);
        check(MAX_HOLE, MAX_HOLE);
        check(9 << 20, STEP + MAX_HOLE);
    }

    /// The size hint is exact for one member, and too small for several.
    #[test]
    fn large_members() {
        let content = |size: usize| (0..size).map(|at| (at / 7 % 251) as u8).collect::<Vec<_>>();
        let check = |sizes: &[usize]| {
            let parts: Vec<Vec<u8>> = sizes.iter().map(|size| content(*size)).collect();
            let input: Vec<u8> = parts.iter().flat_map(|it| packed(it)).collect();
            let (bytes, warnings) = unpack(&input, &Limits::default()).expect("it is complete");
            assert!(*bytes == *parts.concat(), "members of {sizes:?} bytes");
            assert_eq!(warnings.len(), usize::from(sizes.len() > 1), "{warnings:?}");
        };
        check(&[1 << 20]);
        check(&[(1 << 20) + 1]);
        check(&[3 << 20, 10]);
        check(&[10, 3 << 20]);
        check(&[1 << 20, 2 << 20, 9 << 20, 2 << 20]);
        let mut wrong = packed(&content(3 << 20));
        let size = wrong.len() - 4;
        for hint in [0, 2 << 20, 4 << 20, u32::MAX] {
            wrong[size..].copy_from_slice(&hint.to_le_bytes());
            let error = unpack(&wrong, &Limits::default()).expect_err("its size is wrong");
            assert!(error.to_string().contains("checksum or its length"), "{error}");
        }
    }
}
