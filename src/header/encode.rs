//! From a list of pairs to an uncompressed header block (SPDY/3 section 2.6.10).
//!
//! Owns the form in which the library sends headers. It must never know how the bytes are compressed, nor how long a
//! frame may be.

use crate::error::HeaderError;
use crate::header::block::{HeaderBlock, Pair};
use crate::header::names;
use crate::version::Layout;
use crate::wire::put_uint;

/// Appends the wire form of `block` to `out`.
///
/// Pairs with the same name become one, their values joined with a NUL byte; an empty value has no place in such a list
/// and is left out, unless all are empty. In SPDY/2 the names are translated first, so that `:host` and `host` are the
/// same. Afterwards `block` is what callbacks are to see: all names in their SPDY/3 form, the values apart.
///
/// # Errors
///
/// [`HeaderError::TooLarge`] if the number of pairs or the length of a name or a value does not fit its field, and
/// [`HeaderError::NoMemory`]. `out` and `block` are as before then.
pub fn encode(
    block: &mut HeaderBlock,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), HeaderError> {
    if !layout.maps_names {
        return write(block, layout.length_width, out, |name| name);
    }
    let literals = literal_spdy2_names(block)?;
    let text = &block.text;
    block.pairs.sort_unstable_by(|a, b| {
        let (a_name, b_name) = (a.name.of(text), b.name.of(text));
        names::to_spdy2(a_name)
            .cmp(names::to_spdy2(b_name))
            .then(a.order(b, text))
    });
    let written = write(block, layout.length_width, out, names::to_spdy2);
    if written.is_ok() && literals > 0 {
        translate_at_the_end(block);
    }
    block.sort();
    written
}

/// Counts the pairs whose name the application spelled as in SPDY/2, and makes room for their SPDY/3 spelling.
fn literal_spdy2_names(block: &mut HeaderBlock) -> Result<usize, HeaderError> {
    let (count, size) = block
        .iter()
        .filter_map(|(name, _)| names::from_spdy2(name))
        .fold((0, 0), |(count, size), name| {
            (count + 1, size + name.len() + 1)
        });
    block.text.try_reserve(size)?;
    if u32::try_from(block.text.len() + size).is_err() {
        return Err(HeaderError::TooLarge);
    }
    Ok(count)
}

/// Gives the SPDY/3 spelling to all names, in the room made by [`literal_spdy2_names`].
fn translate_at_the_end(block: &mut HeaderBlock) {
    for i in 0..block.pairs.len() {
        let name = block.pairs[i].name.of(&block.text);
        if let Some(name) = names::from_spdy2(name) {
            block.pairs[i].name = block.append(name);
        }
    }
}

/// Appends the pairs, which are sorted by the names that `wire_name` gives them.
fn write(
    block: &HeaderBlock,
    width: usize,
    out: &mut Vec<u8>,
    wire_name: impl Fn(&[u8]) -> &[u8],
) -> Result<(), HeaderError> {
    let text = &block.text;
    let name_of = |pair: &Pair| wire_name(pair.name.of(text));
    let groups = || block.pairs.chunk_by(|a, b| name_of(a) == name_of(b));
    let fits = |number: usize| number as u64 >> (8 * width) == 0;

    let mut count = 0;
    let mut size = width;
    for group in groups() {
        let (name, value) = (name_of(&group[0]).len(), joined_len(group));
        if !fits(name) || !fits(value) {
            return Err(HeaderError::TooLarge);
        }
        count += 1;
        size += 2 * width + name + value;
    }
    if !fits(count) {
        return Err(HeaderError::TooLarge);
    }

    out.try_reserve(size)?;
    put_uint(out, count as u32, width);
    for group in groups() {
        let name = name_of(&group[0]);
        put_uint(out, name.len() as u32, width);
        out.extend_from_slice(name);
        put_uint(out, joined_len(group) as u32, width);
        for (i, pair) in non_empty(group).enumerate() {
            if i > 0 {
                out.push(0);
            }
            out.extend_from_slice(pair.value.of(text));
        }
    }
    Ok(())
}

/// The length of the values of `group`, joined.
fn joined_len(group: &[Pair]) -> usize {
    non_empty(group)
        .map(|pair| pair.value.len as usize + 1)
        .sum::<usize>()
        .saturating_sub(1)
}

fn non_empty(group: &[Pair]) -> impl Iterator<Item = &Pair> {
    group.iter().filter(|pair| pair.value.len > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{decode, Decoded};

    fn block(pairs: &[(&str, &str)]) -> HeaderBlock {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        HeaderBlock::from_pairs(pairs).unwrap()
    }

    fn encoded(block: &mut HeaderBlock, wire_version: u16) -> Vec<u8> {
        let mut out = b"before".to_vec();
        encode(block, Layout::of(wire_version).unwrap(), &mut out).unwrap();
        out.split_off(6)
    }

    #[test]
    fn counts_and_lengths_have_the_width_of_the_version() {
        let pairs = [("name", "value"), ("b", "")];
        assert_eq!(
            encoded(&mut block(&pairs), 2),
            b"\0\x02\0\x01b\0\0\0\x04name\0\x05value"
        );
        assert_eq!(
            encoded(&mut block(&pairs), 3),
            b"\0\0\0\x02\0\0\0\x01b\0\0\0\0\0\0\0\x04name\0\0\0\x05value"
        );
        assert_eq!(encoded(&mut block(&[]), 2), [0; 2]);
        assert_eq!(encoded(&mut block(&[]), 3), [0; 4]);
    }

    #[test]
    fn values_of_one_name_are_joined() {
        let cases: [(&[&str], &str); 8] = [
            (&["1", "2"], "1\x002"),
            (&["x", "", "y"], "x\0y"),
            (&["x", "y", ""], "x\0y"),
            (&["", ""], ""),
            (&["", "x"], "x"),
            (&["", "x", "y"], "x\0y"),
            (&["", "", "x", "", "y", ""], "x\0y"),
            (&["one"], "one"),
        ];
        for (values, joined) in cases {
            let pairs: Vec<(&str, &str)> = values.iter().map(|value| ("n", *value)).collect();
            let mut block = block(&pairs);
            let mut expected = b"\0\x01\0\x01n\0".to_vec();
            expected.push(joined.len() as u8);
            expected.extend_from_slice(joined.as_bytes());
            assert_eq!(encoded(&mut block, 2), expected, "{values:?}");
            let shown = block.iter().map(|(_, value)| value);
            assert!(shown.eq(values.iter().map(|value| value.as_bytes())));
        }
    }

    #[test]
    fn spdy2_names_are_translated_and_sorted_anew() {
        let mut block = block(&[
            (":host", "h"),
            (":method", "GET"),
            (":path", "/"),
            (":scheme", "https"),
            (":unknown", "?"),
            (":version", "HTTP/1.1"),
            ("accept", "*/*"),
            ("via", "v"),
        ]);
        let before = block.clone();
        let out = encoded(&mut block, 2);
        let names = [
            ":unknown", "accept", "host", "method", "scheme", "url", "version", "via",
        ];
        let mut rest = &out[2..];
        for name in names {
            let (field, behind) = rest[2..].split_at(name.len());
            assert_eq!(field, name.as_bytes());
            let value_len = usize::from(behind[1]);
            rest = &behind[2 + value_len..];
        }
        assert!(rest.is_empty());
        assert_eq!(block, before);
    }

    #[test]
    fn both_spellings_of_a_spdy2_name_are_one_header() {
        let mut block = block(&[("host", "2"), (":host", "1"), ("URL", "/"), ("host", "3")]);
        assert_eq!(
            encoded(&mut block, 2),
            b"\0\x02\0\x04host\0\x051\x002\x003\0\x03url\0\x01/"
        );
        let expected: [(&[u8], &[u8]); 4] = [
            (b":host", b"1"),
            (b":host", b"2"),
            (b":host", b"3"),
            (b":path", b"/"),
        ];
        assert!(block.iter().eq(expected));
        for pair in block.pairs() {
            assert_eq!(block.text()[(pair.name.start + pair.name.len) as usize], 0);
        }
    }

    #[test]
    fn spdy3_names_stay() {
        let mut both = block(&[("host", "2"), (":host", "1")]);
        let out = encoded(&mut both, 3);
        assert_eq!(&out[..4], [0, 0, 0, 2]);
        assert_eq!(both, block(&[(":host", "1"), ("host", "2")]));
    }

    #[test]
    fn what_does_not_fit_its_length_field_is_refused() {
        let layout = Layout::of(2).unwrap();
        let fits = "x".repeat(65535);
        let half = "x".repeat(32767);
        let half_more = "x".repeat(32768);
        let long = "x".repeat(65536);
        let cases: [(&[(&str, &str)], bool); 6] = [
            (&[("a", &fits)], true),
            (&[("a", &long), ("host", "h")], false),
            (&[(&fits, "a")], true),
            (&[(&long, "a")], false),
            (&[("a", &half), ("a", &half)], true),
            (&[("a", &half), ("a", &half_more)], false),
        ];
        for (pairs, ok) in cases {
            let (mut sent, before) = (block(pairs), block(pairs));
            let mut out = vec![7];
            let result = encode(&mut sent, layout, &mut out);
            if ok {
                assert_eq!(result, Ok(()));
            } else {
                assert_eq!(result, Err(HeaderError::TooLarge));
                assert_eq!(out, [7]);
                assert_eq!(sent, before);
            }
            encode(&mut sent, Layout::of(3).unwrap(), &mut out).unwrap();
        }
    }

    #[test]
    fn more_pairs_than_the_count_can_say_are_refused() {
        let names: Vec<String> = (0..=65535).map(|i| format!("{i:05}")).collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let layout = Layout::of(2).unwrap();
        let mut out = Vec::new();
        let mut all = block(&pairs);
        assert_eq!(
            encode(&mut all, layout, &mut out),
            Err(HeaderError::TooLarge)
        );
        assert!(out.is_empty());
        encode(&mut block(&pairs[1..]), layout, &mut out).unwrap();
        assert_eq!(out[..2], [0xff, 0xff]);
        encode(&mut all, Layout::of(3).unwrap(), &mut out).unwrap();
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let pairs = [
            (":path", "/"),
            ("a", "1"),
            ("a", "2\t3"),
            ("b", ""),
            ("c", "\u{e9}"),
        ];
        for wire_version in [2, 3] {
            let bytes = encoded(&mut block(&pairs), wire_version);
            let layout = Layout::of(wire_version).unwrap();
            let decoded = decode(bytes, layout, layout, 5);
            let Decoded::Valid(mut decoded) = decoded else {
                panic!("{decoded:?}");
            };
            decoded.sort();
            assert_eq!(decoded, block(&pairs));
        }
    }
}
