//! From an inflated header block to a list of pairs (SPDY/3 section 2.6.10).
//!
//! Owns the rules for what a peer may send. It must never know how the bytes were compressed, nor how large they may be.

use std::collections::TryReserveError;

use crate::header::block::{HeaderBlock, Pair, Span};
use crate::header::names;
use crate::version::Layout;
use crate::wire::{uint, Reader};

/// What an inflated header block turned out to be.
#[derive(Debug)]
pub enum Decoded {
    /// All rules are kept. The pairs are sorted by the names as received, and then have their SPDY/3 names.
    Valid(HeaderBlock),
    /// The pairs can be told apart, but a name or a value breaks a rule. The names are as received, and values are split
    /// at every NUL byte. The pairs are in the order of the wire, or sorted if the only fault is that a name is repeated.
    Invalid(HeaderBlock),
    /// The counts and lengths do not add up to the bytes there are.
    Malformed,
    /// There are more pairs than allowed, NUL-separated values counted one by one.
    TooMany,
    /// There is not enough memory for the list of pairs.
    NoMemory,
}

/// Reads an inflated block with at most `max_pairs` pairs. Its bytes become the text of the result.
///
/// `layout` is that of the frame's version, `own_layout` that of the session's. Compat: it is the session's that says
/// whether names are translated, even if a frame claims another version.
///
/// Everything is checked and counted before memory is reserved: a few bytes on the wire can inflate to millions of empty
/// pairs, or to one value of millions of NUL bytes.
pub fn decode(
    inflated: Vec<u8>,
    layout: &Layout,
    own_layout: &Layout,
    max_pairs: usize,
) -> Decoded {
    let Some(survey) = Survey::of(&inflated, layout.length_width) else {
        return Decoded::Malformed;
    };
    if survey.pairs > max_pairs || u32::try_from(inflated.len()).is_err() {
        return Decoded::TooMany;
    }
    let Ok(mut block) = list(inflated, layout.length_width, survey.pairs) else {
        return Decoded::NoMemory;
    };
    if !survey.valid {
        split_values(&mut block, survey.pairs);
        return Decoded::Invalid(block);
    }
    block.sort();
    if has_repeated_name(&block) {
        split_values(&mut block, survey.pairs);
        return Decoded::Invalid(block);
    }
    if own_layout.maps_names {
        translate_in_place(&mut block);
    }
    split_values(&mut block, survey.pairs);
    Decoded::Valid(block)
}

/// What a first look at a well-formed block tells.
struct Survey {
    /// The number of pairs, counting every part of a value as one.
    pairs: usize,
    /// Whether every name and every value by itself keeps the rules.
    valid: bool,
}

impl Survey {
    /// Looks at a block; `None` if it is malformed.
    fn of(inflated: &[u8], width: usize) -> Option<Survey> {
        let mut survey = Survey {
            pairs: 0,
            valid: true,
        };
        let mut reader = Reader::new(inflated);
        for _ in 0..reader.uint(width)? {
            let len = reader.uint(width)?;
            let name = reader.bytes(len as usize)?;
            let len = reader.uint(width)?;
            let value = reader.bytes(len as usize)?;
            survey.valid &= is_valid_name(name);
            survey.add_value(value);
        }
        reader.is_empty().then_some(survey)
    }

    fn add_value(&mut self, value: &[u8]) {
        self.pairs += 1;
        // Without branches, so that the compiler can look at many bytes at once.
        let (bad, nul) = value.iter().fold((false, false), |(bad, nul), &byte| {
            (bad | !is_value_byte(byte), nul | (byte == 0))
        });
        self.valid &= !bad;
        if nul {
            self.pairs += value.iter().filter(|&&byte| byte == 0).count();
            self.valid &= value.split(|&byte| byte == 0).all(|part| !part.is_empty());
        }
    }
}

/// Compat: a space is allowed in a name, as in libspdylay 1.4.
fn is_valid_name(name: &[u8]) -> bool {
    let bad = name.iter().fold(false, |bad, &byte| {
        bad | !(0x20..=0x7e).contains(&byte) | byte.is_ascii_uppercase()
    });
    !name.is_empty() && !bad
}

/// NUL is allowed here as the separator of values.
fn is_value_byte(byte: u8) -> bool {
    (byte >= 0x20) & (byte != 0x7f) | (byte == b'\t') | (byte == 0)
}

/// Turns a well-formed block into a list without copying it: every length field has been read when its first byte
/// becomes the NUL behind whatever precedes it. The list has room for `capacity` pairs.
fn list(mut text: Vec<u8>, width: usize, capacity: usize) -> Result<HeaderBlock, TryReserveError> {
    let end = text.len();
    text.try_reserve_exact(1)?;
    text.push(0);
    let mut pairs = Vec::new();
    pairs.try_reserve_exact(capacity)?;

    let mut at = width;
    while at < end {
        let name = take_string(&mut text, &mut at, width);
        let value = take_string(&mut text, &mut at, width);
        pairs.push(Pair { name, value });
    }
    Ok(HeaderBlock { text, pairs })
}

/// The string behind the length field at `at`; moves `at` behind it. The field is known to be there.
fn take_string(text: &mut [u8], at: &mut usize, width: usize) -> Span {
    let field = &mut text[*at..*at + width];
    let len = uint(field);
    field[0] = 0;
    let start = *at + width;
    *at = start + len as usize;
    Span {
        start: start as u32,
        len,
    }
}

/// Whether two neighbours in a sorted list have the same name.
fn has_repeated_name(block: &HeaderBlock) -> bool {
    let name = |pair: &Pair| pair.name.of(&block.text);
    block
        .pairs
        .windows(2)
        .any(|two| name(&two[0]) == name(&two[1]))
}

/// Replaces SPDY/2 names with the SPDY/3 ones, which are one or two bytes longer. The new name begins one byte earlier,
/// in the second byte of the name's length field, and ends, NUL included, within the two bytes of the value's.
fn translate_in_place(block: &mut HeaderBlock) {
    for pair in &mut block.pairs {
        if let Some(name) = names::from_spdy2(pair.name.of(&block.text)) {
            pair.name.start -= 1;
            pair.name.len = name.len() as u32;
            pair.name.of_mut(&mut block.text).copy_from_slice(name);
            block.text[(pair.name.start + pair.name.len) as usize] = 0;
        }
    }
}

/// Makes one pair of every NUL-separated part of a value, which gives `total` pairs, from the last to the first so that
/// no second list is needed.
///
/// This comes after sorting: a peer could make that very slow with many values under long names.
fn split_values(block: &mut HeaderBlock, total: usize) {
    let unsplit = block.pairs.len();
    let mut to = total;
    block.pairs.resize(total, Pair::default());
    for from in (0..unsplit).rev() {
        if from + 1 == to {
            break;
        }
        let Pair { name, value } = block.pairs[from];
        let mut end = value.start + value.len;
        for part in value.of(&block.text).rsplit(|&byte| byte == 0) {
            let len = part.len() as u32;
            let start = end - len;
            to -= 1;
            block.pairs[to] = Pair {
                name,
                value: Span { start, len },
            };
            end = start - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::put_uint;

    fn layouts() -> [&'static Layout; 2] {
        [2, 3].map(|version| Layout::of(version).unwrap())
    }

    fn wire(layout: &Layout, pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        put_uint(&mut out, pairs.len() as u32, layout.length_width);
        for string in pairs.iter().flat_map(|(name, value)| [name, value]) {
            put_uint(&mut out, string.len() as u32, layout.length_width);
            out.extend_from_slice(string);
        }
        out
    }

    fn decode_pairs(layout: &Layout, pairs: &[(&[u8], &[u8])]) -> Decoded {
        decode(wire(layout, pairs), layout, layout, usize::MAX)
    }

    #[track_caller]
    fn assert_pairs(block: &HeaderBlock, expected: &[(&[u8], &[u8])]) {
        assert_eq!(block.iter().collect::<Vec<_>>(), expected);
        for pair in block.pairs() {
            for span in [pair.name, pair.value] {
                assert_eq!(block.text()[(span.start + span.len) as usize], 0);
            }
        }
    }

    #[track_caller]
    fn assert_valid(decoded: Decoded, expected: &[(&[u8], &[u8])]) {
        match decoded {
            Decoded::Valid(block) => assert_pairs(&block, expected),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn assert_invalid(decoded: Decoded, expected: &[(&[u8], &[u8])]) {
        match decoded {
            Decoded::Invalid(block) => assert_pairs(&block, expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pairs_are_sorted_by_name() {
        for layout in layouts() {
            assert_valid(
                decode_pairs(layout, &[(b"z", b"1"), (b"b", b""), (b"a", b"2")]),
                &[(b"a", b"2"), (b"b", b""), (b"z", b"1")],
            );
        }
    }

    #[test]
    fn zero_pairs_are_valid() {
        for layout in layouts() {
            assert_valid(decode_pairs(layout, &[]), &[]);
        }
    }

    #[test]
    fn every_byte_of_a_name_is_checked() {
        for layout in layouts() {
            for byte in 0..=u8::MAX {
                let name = [b'x', byte, b'x'];
                let valid = matches!(byte, 0x20..=0x40 | 0x5b..=0x7e);
                let decoded = decode_pairs(layout, &[(&name, b"v")]);
                assert_eq!(matches!(decoded, Decoded::Valid(_)), valid, "{byte:#x}");
                assert_eq!(matches!(decoded, Decoded::Invalid(_)), !valid, "{byte:#x}");
            }
        }
    }

    #[test]
    fn every_byte_of_a_value_is_checked() {
        for layout in layouts() {
            for byte in 0..=u8::MAX {
                let value = [b'x', byte, b'x'];
                let valid = matches!(byte, 0 | 9 | 0x20..=0x7e | 0x80..);
                let decoded = decode_pairs(layout, &[(b"n", &value)]);
                assert_eq!(matches!(decoded, Decoded::Valid(_)), valid, "{byte:#x}");
                assert_eq!(matches!(decoded, Decoded::Invalid(_)), !valid, "{byte:#x}");
            }
        }
    }

    #[test]
    fn a_value_with_nul_is_several_pairs() {
        for layout in layouts() {
            assert_valid(
                decode_pairs(
                    layout,
                    &[(b"z", b"1\0two\x003"), (b"a", b"2\0\t"), (b"k", b"")],
                ),
                &[
                    (b"a", b"2"),
                    (b"a", b"\t"),
                    (b"k", b""),
                    (b"z", b"1"),
                    (b"z", b"two"),
                    (b"z", b"3"),
                ],
            );
        }
    }

    #[test]
    fn an_invalid_block_shows_what_was_received() {
        let cases: &[(&[u8], &[&[u8]])] = &[
            (b"\0x", &[b"", b"x"]),
            (b"x\0", &[b"x", b""]),
            (b"x\0\0y", &[b"x", b"", b"y"]),
            (b"\0", &[b"", b""]),
            (b"x\x01", &[b"x\x01"]),
        ];
        for layout in layouts() {
            for (value, parts) in cases {
                let mut expected: Vec<(&[u8], &[u8])> = vec![(b"url", b"1"), (b"url", b"2")];
                expected.extend(parts.iter().map(|part| (&b"host"[..], *part)));
                expected.push((b"a", b"3"));
                assert_invalid(
                    decode_pairs(
                        layout,
                        &[(b"url", b"1\x002"), (b"host", value), (b"a", b"3")],
                    ),
                    &expected,
                );
            }
            assert_invalid(
                decode_pairs(layout, &[(b"z", b"1"), (b"", b"2")]),
                &[(b"z", b"1"), (b"", b"2")],
            );
        }
    }

    #[test]
    fn a_repeated_name_is_invalid() {
        for layout in layouts() {
            assert_invalid(
                decode_pairs(layout, &[(b"url", b"2"), (b"a", b"1\0x"), (b"url", b"1")]),
                &[(b"a", b"1"), (b"a", b"x"), (b"url", b"2"), (b"url", b"1")],
            );
        }
    }

    #[test]
    fn counts_and_lengths_must_add_up() {
        for layout in layouts() {
            let good = wire(layout, &[(b"name", b"value"), (b"other", b"")]);
            for end in 0..good.len() {
                let short = good[..end].to_vec();
                assert!(
                    matches!(
                        decode(short, layout, layout, usize::MAX),
                        Decoded::Malformed
                    ),
                    "{end}"
                );
            }
            let mut long = good.clone();
            long.push(0);
            assert!(matches!(
                decode(long, layout, layout, usize::MAX),
                Decoded::Malformed
            ));

            let mut greedy = Vec::new();
            put_uint(&mut greedy, u32::MAX, layout.length_width);
            put_uint(&mut greedy, u32::MAX, layout.length_width);
            greedy.extend_from_slice(b"abc");
            assert!(matches!(
                decode(greedy, layout, layout, usize::MAX),
                Decoded::Malformed
            ));
        }
    }

    #[test]
    fn malformed_comes_before_invalid_and_too_many() {
        for layout in layouts() {
            let mut bytes = wire(layout, &[(b"", b"\0\0\0\0\0")]);
            assert!(matches!(
                decode(bytes.clone(), layout, layout, 3),
                Decoded::TooMany
            ));
            bytes.pop();
            assert!(matches!(
                decode(bytes, layout, layout, 3),
                Decoded::Malformed
            ));
        }
    }

    #[test]
    fn parts_of_values_count_as_pairs() {
        for layout in layouts() {
            let bytes = wire(layout, &[(b"a", b"1\x002\x003"), (b"b", b"4")]);
            assert!(matches!(
                decode(bytes.clone(), layout, layout, 4),
                Decoded::Valid(_)
            ));
            assert!(matches!(decode(bytes, layout, layout, 3), Decoded::TooMany));
        }
    }

    #[test]
    fn only_counted_pairs_take_memory() {
        let layout = Layout::of(3).unwrap();
        let nuls = vec![0; 1 << 20];
        let empty = vec![(&b""[..], &b""[..]); 1 << 16];
        for bytes in [wire(layout, &[(b"a", &nuls)]), wire(layout, &empty)] {
            assert!(matches!(
                decode(bytes, layout, layout, 1000),
                Decoded::TooMany
            ));
        }
        let mut bytes = wire(layout, &[(b"a", b"1\x002")]);
        bytes.reserve_exact(1);
        let (place, capacity) = (bytes.as_ptr(), bytes.capacity());
        let Decoded::Valid(block) = decode(bytes, layout, layout, 1000) else {
            panic!("valid");
        };
        assert_eq!(block.pairs.capacity(), 2);
        assert_eq!(
            (block.text.as_ptr(), block.text.capacity()),
            (place, capacity)
        );
    }

    #[test]
    fn many_values_under_long_names_are_not_slow() {
        let layout = Layout::of(3).unwrap();
        let (mut first, mut second) = (vec![b'n'; 1 << 20], vec![b'n'; 1 << 20]);
        first.push(b'2');
        second.push(b'1');
        let values = b"v\0".repeat(100_000);
        let value = &values[..values.len() - 1];
        let Decoded::Valid(block) = decode_pairs(layout, &[(&first, value), (&second, value)])
        else {
            panic!("valid");
        };
        assert_eq!(block.len(), 200_000);
        assert_eq!(block.iter().next(), Some((&second[..], &b"v"[..])));
        assert_eq!(block.iter().last(), Some((&first[..], &b"v"[..])));
    }

    #[test]
    fn spdy2_names_are_translated() {
        let layout = Layout::of(2).unwrap();
        assert_valid(
            decode_pairs(
                layout,
                &[
                    (b"url", b"/"),
                    (b"version", b"HTTP/1.1"),
                    (b"host", b"h"),
                    (b"method", b"GET"),
                    (b"scheme", b"https"),
                    (b"status", b"200"),
                    (b"vary", b""),
                ],
            ),
            &[
                (b":host", b"h"),
                (b":method", b"GET"),
                (b":scheme", b"https"),
                (b":status", b"200"),
                (b":path", b"/"),
                (b"vary", b""),
                (b":version", b"HTTP/1.1"),
            ],
        );
    }

    #[test]
    fn spdy2_names_are_translated_once_for_all_their_values() {
        let layout = Layout::of(2).unwrap();
        assert_valid(
            decode_pairs(
                layout,
                &[(b"a", b"\t"), (b"url", b"/1\0/2\0/3"), (b"x", b"y")],
            ),
            &[
                (b"a", b"\t"),
                (b":path", b"/1"),
                (b":path", b"/2"),
                (b":path", b"/3"),
                (b"x", b"y"),
            ],
        );
    }

    #[test]
    fn both_spellings_of_a_spdy2_name_may_come_together() {
        let layout = Layout::of(2).unwrap();
        assert_valid(
            decode_pairs(
                layout,
                &[(b"host", b"3\0x"), (b":host", b"4"), (b"a", b"1")],
            ),
            &[
                (b":host", b"4"),
                (b"a", b"1"),
                (b":host", b"3"),
                (b":host", b"x"),
            ],
        );
    }

    #[test]
    fn every_string_ends_in_nul_whatever_the_lengths_were() {
        for layout in layouts() {
            let long = [b'x'; 0x1234];
            let pairs: [(&[u8], &[u8]); 3] = [(b"a", &long), (&long, &long), (b"y", &long)];
            assert_valid(decode_pairs(layout, &pairs), &pairs);
        }
    }

    #[test]
    fn spdy3_names_stay() {
        let layout = Layout::of(3).unwrap();
        assert_valid(
            decode_pairs(layout, &[(b"url", b"1"), (b":path", b"2")]),
            &[(b":path", b"2"), (b"url", b"1")],
        );
    }
}
