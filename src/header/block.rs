//! A list of header pairs in memory.
//!
//! Owns the storage: one buffer with all the text, and positions in it. It must never know how pairs travel.

use std::cmp::Ordering;
use std::fmt;

use crate::error::HeaderError;

/// Name/value pairs in one text buffer. No pair has an allocation of its own.
///
/// In the buffer a NUL byte follows every name and every value, so that pointers into it are C strings. A name with
/// several values occurs once per value.
#[derive(Clone, Default)]
pub struct HeaderBlock {
    pub(super) text: Vec<u8>,
    pub(super) pairs: Vec<Pair>,
}

/// A piece of the text of a [`HeaderBlock`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Span {
    /// Its first byte.
    pub start: u32,
    /// Its length without the NUL byte that follows it.
    pub len: u32,
}

/// Where one pair of a [`HeaderBlock`] is in the text.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pair {
    /// The name.
    pub name: Span,
    /// The value.
    pub value: Span,
}

impl Span {
    /// The bytes of `text` that this span covers; none if it lies outside.
    pub fn of(self, text: &[u8]) -> &[u8] {
        let start = self.start as usize;
        text.get(start..start + self.len as usize)
            .unwrap_or_default()
    }
}

impl HeaderBlock {
    /// Copies an application's pairs, in the form in which they will be sent: upper-case ASCII letters in names become
    /// lower-case, and the pairs are sorted by name. Pairs with equal names keep their order.
    ///
    /// Values may hold anything but NUL bytes, which would separate values from each other.
    ///
    /// # Errors
    ///
    /// [`HeaderError::InvalidName`] if a name is empty or has a byte outside 0x20 to 0x7E, [`HeaderError::TooLarge`] if
    /// all text together exceeds 4 GiB, [`HeaderError::NoMemory`] if there is no room for the copy.
    pub fn from_pairs<'a>(
        pairs: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
    ) -> Result<HeaderBlock, HeaderError> {
        let mut count = 0;
        let mut size = 0usize;
        for (name, value) in pairs.clone() {
            if name.is_empty() || name.iter().any(|byte| !(0x20..=0x7e).contains(byte)) {
                return Err(HeaderError::InvalidName);
            }
            count += 1;
            size = size
                .checked_add(name.len() + 1)
                .and_then(|size| size.checked_add(value.len() + 1))
                .filter(|&size| u32::try_from(size).is_ok())
                .ok_or(HeaderError::TooLarge)?;
        }

        let mut block = HeaderBlock::default();
        block.text.try_reserve_exact(size)?;
        block.pairs.try_reserve_exact(count)?;
        for (name, value) in pairs {
            let pair = Pair {
                name: block.append(name),
                value: block.append(value),
            };
            pair.name.of_mut(&mut block.text).make_ascii_lowercase();
            block.pairs.push(pair);
        }
        block.sort();
        Ok(block)
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs
            .iter()
            .map(|pair| (pair.name.of(&self.text), pair.value.of(&self.text)))
    }

    /// The first value of the header called `name`.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Where the pairs are in [`text`](Self::text), in order.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// All names and values, each followed by a NUL byte. There may be other bytes between them.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The text for those who need pointers that C may write through. It stays where it is until the block is sent.
    pub fn text_mut(&mut self) -> &mut [u8] {
        &mut self.text
    }

    /// The memory of the texts, to be used again.
    pub fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Adds `string` and its NUL byte to the text. The caller has made sure that there is room, and that positions
    /// still fit 32 bits.
    pub(super) fn append(&mut self, string: &[u8]) -> Span {
        let span = Span {
            start: self.text.len() as u32,
            len: string.len() as u32,
        };
        self.text.extend_from_slice(string);
        self.text.push(0);
        span
    }

    /// Sorts the pairs by name; those with the same name stay in the order of their text.
    pub(super) fn sort(&mut self) {
        let text = &self.text;
        self.pairs.sort_unstable_by(|a, b| a.order(b, text));
    }
}

impl Span {
    /// As [`of`](Self::of), to be written to.
    pub(super) fn of_mut(self, text: &mut [u8]) -> &mut [u8] {
        let start = self.start as usize;
        text.get_mut(start..start + self.len as usize)
            .unwrap_or_default()
    }
}

impl Pair {
    /// The order by name and then by place in the text. It never calls different pairs equal, so that an unstable sort,
    /// which allocates nothing, keeps the values of one name in order.
    pub(super) fn order(&self, other: &Pair, text: &[u8]) -> Ordering {
        self.name
            .of(text)
            .cmp(other.name.of(text))
            .then(self.name.start.cmp(&other.name.start))
            .then(self.value.start.cmp(&other.value.start))
    }
}

impl PartialEq for HeaderBlock {
    /// Compares the pairs, wherever they lie in the text.
    fn eq(&self, other: &HeaderBlock) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for HeaderBlock {}

impl fmt::Debug for HeaderBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(
                self.iter().map(|(name, value)| {
                    format!("{}: {}", name.escape_ascii(), value.escape_ascii())
                }),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(pairs: &[(&str, &str)]) -> Result<HeaderBlock, HeaderError> {
        HeaderBlock::from_pairs(
            pairs
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
        )
    }

    #[test]
    fn names_are_lower_cased_and_sorted() {
        let block = block(&[
            ("b", "B"),
            ("Content-LENGTH", "5"),
            (":Path", "/A"),
            ("A", "Z"),
        ]);
        let expected: [(&[u8], &[u8]); 4] = [
            (b":path", b"/A"),
            (b"a", b"Z"),
            (b"b", b"B"),
            (b"content-length", b"5"),
        ];
        assert!(block.unwrap().iter().eq(expected));
    }

    #[test]
    fn values_of_one_name_keep_their_order() {
        let values: Vec<String> = (0..40).rev().map(|i| i.to_string()).collect();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for value in &values {
            pairs.push(("same", value));
            pairs.push(("SAME", ""));
            pairs.push(("other", value));
        }
        let block = block(&pairs).unwrap();
        let same: Vec<&[u8]> = block
            .iter()
            .filter(|(name, value)| *name == b"same" && !value.is_empty())
            .map(|(_, value)| value)
            .collect();
        assert_eq!(
            same,
            values.iter().map(|v| v.as_bytes()).collect::<Vec<_>>()
        );
        assert_eq!(block.len(), 120);
    }

    #[test]
    fn names_have_rules_and_values_have_none() {
        for byte in 0..=u8::MAX {
            let name = [b'x', byte];
            let pairs = [(&name[..], &b"value"[..])];
            let expected = (0x20..=0x7e).contains(&byte);
            let got = HeaderBlock::from_pairs(pairs.into_iter());
            assert_eq!(got.is_ok(), expected, "name byte {byte:#x}");
            if !expected {
                assert_eq!(got, Err(HeaderError::InvalidName));
            }

            let value = [byte];
            let pairs = [(&b"name"[..], &value[..])];
            let got = HeaderBlock::from_pairs(pairs.into_iter()).unwrap();
            assert_eq!(got.get(b"name"), Some(&value[..]));
        }
        assert_eq!(
            block(&[("a", "1"), ("", "2")]),
            Err(HeaderError::InvalidName)
        );
        assert!(block(&[("a", "")]).is_ok());
    }

    #[test]
    fn no_pairs_are_a_block() {
        let block = block(&[]).unwrap();
        assert!(block.is_empty());
        assert_eq!(block.len(), 0);
        assert_eq!(block.get(b""), None);
        assert_eq!(block, HeaderBlock::default());
    }

    #[test]
    fn every_string_is_followed_by_nul_in_one_text() {
        let mut block = block(&[("a", "1"), ("empty", ""), ("B", "two")]).unwrap();
        assert_eq!(block.text(), b"a\x001\0empty\0\0b\0two\0");
        for pair in block.pairs().to_vec() {
            for span in [pair.name, pair.value] {
                assert_eq!(block.text()[(span.start + span.len) as usize], 0);
            }
        }
        block.text_mut()[2] = b'9';
        assert_eq!(block.get(b"a"), Some(&b"9"[..]));
    }

    #[test]
    fn a_span_outside_its_text_is_empty() {
        let span = Span {
            start: 2,
            len: u32::MAX,
        };
        assert_eq!(span.of(b"abc"), b"");
        assert_eq!(Span { start: 9, len: 0 }.of(b"abc"), b"");
    }

    #[test]
    fn debug_shows_the_pairs() {
        let block = block(&[("a", "1\n")]).unwrap();
        assert_eq!(format!("{block:?}"), r#"["a: 1\\n"]"#);
    }
}
