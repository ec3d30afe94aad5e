//! The uncompressed wire form of a header block (SPDY/3 section 2.6.10).
//!
//! Owns the layout of counts and lengths and the rules for names and values in both directions. It must never know how
//! the bytes are compressed, nor how long a frame may be.

use crate::error::HeaderError;
use crate::header::block::{HeaderBlock, Pair, Span};
use crate::header::names;
use crate::version::Layout;
use crate::wire::{put_uint, uint, Reader};

/// What an inflated header block turned out to be.
#[derive(Debug)]
pub enum Decoded {
    /// All rules are kept. The pairs are sorted by the names as received, and then have their SPDY/3 names.
    Valid(HeaderBlock),
    /// The pairs can be told apart, but a name or a value breaks a rule. They are in the order of the wire and have the
    /// names as received; values are split at every NUL byte.
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
/// Everything is checked and counted before memory is reserved: a few bytes on the wire can inflate to millions of empty
/// pairs, or to one value of millions of NUL bytes.
pub fn decode(inflated: Vec<u8>, layout: &Layout, max_pairs: usize) -> Decoded {
    let Some(survey) = Survey::of(&inflated, layout.length_width) else {
        return Decoded::Malformed;
    };
    if survey.pairs > max_pairs || u32::try_from(inflated.len()).is_err() {
        return Decoded::TooMany;
    }
    let Ok(mut block) = split(inflated, layout.length_width, survey.pairs) else {
        return Decoded::NoMemory;
    };
    if !survey.valid {
        return Decoded::Invalid(block);
    }
    block.sort();
    if has_duplicates(&block) {
        // The order of the wire is the order of the text.
        block.pairs.sort_unstable_by_key(|pair| pair.value.start);
        return Decoded::Invalid(block);
    }
    if layout.maps_names {
        translate_in_place(&mut block);
    }
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

/// Turns a well-formed block with `count` pairs into a list without copying it: every length field has been read when
/// its first byte becomes the NUL behind whatever precedes it.
fn split(
    inflated: Vec<u8>,
    width: usize,
    count: usize,
) -> Result<HeaderBlock, std::collections::TryReserveError> {
    let mut text = inflated;
    text.try_reserve_exact(1)?;
    text.push(0);
    let mut pairs = Vec::new();
    pairs.try_reserve_exact(count)?;

    let end = text.len() - 1;
    let mut at = width;
    while at < end {
        let name = take_string(&mut text, &mut at, width);
        let value = take_string(&mut text, &mut at, width);
        let mut start = value.start;
        for part in value.of(&text).split(|&byte| byte == 0) {
            let len = part.len() as u32;
            let value = Span { start, len };
            pairs.push(Pair { name, value });
            start += len + 1;
        }
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

/// Whether two pairs of a sorted block have the same name but did not come from one value.
fn has_duplicates(block: &HeaderBlock) -> bool {
    block.pairs.windows(2).any(|two| {
        two[0].name.start != two[1].name.start
            && two[0].name.of(&block.text) == two[1].name.of(&block.text)
    })
}

/// Replaces SPDY/2 names with the SPDY/3 ones, which are one or two bytes longer. The new name begins one byte earlier,
/// in the second byte of the name's length field, and ends, NUL included, within the two bytes of the value's.
fn translate_in_place(block: &mut HeaderBlock) {
    let mut before = None;
    let mut after = None;
    for pair in &mut block.pairs {
        // The values of one name share its text, which must be translated only once.
        if before != Some(pair.name) {
            before = Some(pair.name);
            after = names::from_spdy2(pair.name.of(&block.text)).map(|name| {
                let start = pair.name.start - 1;
                let len = name.len() as u32;
                let span = Span { start, len };
                span.of_mut(&mut block.text).copy_from_slice(name);
                block.text[(start + len) as usize] = 0;
                span
            });
        }
        if let Some(name) = after {
            pair.name = name;
        }
    }
}

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
