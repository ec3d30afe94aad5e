//! The zlib dictionaries that prime header compression.
//!
//! Owns their bytes and nothing else; it must never know how they are used. Both peers have to agree on every byte, so
//! the tests compare checksums with the published texts. The words stand here as words: the framing that the drafts put
//! around them is added at compile time.

/// The dictionary of SPDY/2: the strings of the SPDY/2 draft run together, and the NUL that ends them.
pub static DICTIONARY_SPDY2: [u8; 907] = dictionary(&[], SPDY2_TEXT);

const SPDY2_TEXT: &[&str] = &[
    // Methods and request headers.
    "optionsgetheadpostputdeletetrace",
    "acceptaccept-charsetaccept-encodingaccept-languageauthorizationexpectfromhost",
    "if-modified-sinceif-matchif-none-matchif-rangeif-unmodifiedsince",
    "max-forwardsproxy-authorizationrangerefererteuser-agent",
    // Status codes.
    "100101200201202203204205206300301302303304305306307",
    "400401402403404405406407408409410411412413414415416417500501502503504505",
    // Response, general and entity headers.
    "accept-rangesageetaglocationproxy-authenticatepublicretry-afterservervarywarning",
    "www-authenticateallowcontent-basecontent-encodingcache-controlconnectiondatetrailer",
    "transfer-encodingupgradeviawarningcontent-languagecontent-lengthcontent-location",
    "content-md5content-rangecontent-typeetagexpireslast-modifiedset-cookie",
    // Dates.
    "MondayTuesdayWednesdayThursdayFridaySaturdaySunday",
    "JanFebMarAprMayJunJulAugSepOctNovDec",
    // Values.
    "chunkedtext/htmlimage/pngimage/jpgimage/gifapplication/xmlapplication/xhtml",
    "text/plainpublicmax-agecharset=iso-8859-1utf-8gzipdeflate",
    "HTTP/1.1statusversionurl\0",
];

/// The dictionary of SPDY/3 and SPDY/3.1 (SPDY/3 section 2.6.10.1): words framed like the names and values of a header
/// block, each behind its length in four bytes, then plain text.
pub static DICTIONARY_SPDY3: [u8; 1423] = dictionary(SPDY3_WORDS, SPDY3_TEXT);

#[rustfmt::skip]
const SPDY3_WORDS: &[&str] = &[
    "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding",
    "accept-language", "accept-ranges", "age", "allow", "authorization", "cache-control", "connection",
    "content-base", "content-encoding", "content-language", "content-length", "content-location",
    "content-md5", "content-range", "content-type", "date", "etag", "expect", "expires", "from",
    "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "last-modified", "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization",
    "range", "referer", "retry-after", "server", "te", "trailer", "transfer-encoding", "upgrade",
    "user-agent", "vary", "via", "warning", "www-authenticate", "method", "get", "status", "200 OK",
    "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin",
];

const SPDY3_TEXT: &[&str] = &[
    // Status codes, the common ones with their reason.
    "100101201202205206300302303304305306307",
    "402405406407408409410411412413414415416417502504505",
    "203 Non-Authoritative Information204 No Content301 Moved Permanently",
    "400 Bad Request401 Unauthorized403 Forbidden404 Not Found",
    "500 Internal Server Error501 Not Implemented503 Service Unavailable",
    // Dates.
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 ",
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT",
    // Values.
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,",
    "text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch",
    "charset=utf-8charset=iso-8859-1,utf-,*,enq=0.",
];

/// Every word behind its length, then the pieces of `text` with nothing in between. A wrong `N` does not compile.
const fn dictionary<const N: usize>(words: &[&str], text: &[&str]) -> [u8; N] {
    let mut dictionary = [0; N];
    let mut at = 0;
    let mut i = 0;
    while i < words.len() {
        let word = words[i].as_bytes();
        at = put(&mut dictionary, at, &(word.len() as u32).to_be_bytes());
        at = put(&mut dictionary, at, word);
        i += 1;
    }
    i = 0;
    while i < text.len() {
        at = put(&mut dictionary, at, text[i].as_bytes());
        i += 1;
    }
    assert!(at == N, "the dictionary is longer than its strings");
    dictionary
}

/// Copies `bytes` to position `at` and gives the position behind them; `const fn` cannot call `copy_from_slice` yet.
const fn put<const N: usize>(dictionary: &mut [u8; N], at: usize, bytes: &[u8]) -> usize {
    let mut i = 0;
    while i < bytes.len() {
        dictionary[at + i] = bytes[i];
        i += 1;
    }
    at + i
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adler32(bytes: &[u8]) -> u32 {
        let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
            let low = (low + u32::from(byte)) % 65521;
            (low, (high + low) % 65521)
        });
        high << 16 | low
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }

    fn fnv1a64(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
    }

    #[test]
    fn spdy2_is_the_published_dictionary() {
        assert!(DICTIONARY_SPDY2.starts_with(b"options"));
        assert!(DICTIONARY_SPDY2.ends_with(b"url\0"));
        assert_eq!(adler32(&DICTIONARY_SPDY2), 0xdfa2_51b2);
        assert_eq!(crc32(&DICTIONARY_SPDY2), 0xe036_2c67);
        assert_eq!(fnv1a64(&DICTIONARY_SPDY2), 0xc62c_f05f_c29e_322d);
    }

    #[test]
    fn spdy3_is_the_published_dictionary() {
        assert!(DICTIONARY_SPDY3.starts_with(b"\0\0\0\x07options"));
        assert!(DICTIONARY_SPDY3.ends_with(b"enq=0."));
        assert_eq!(adler32(&DICTIONARY_SPDY3), 0xe3c6_a7c2);
        assert_eq!(crc32(&DICTIONARY_SPDY3), 0x04c8_490e);
        assert_eq!(fnv1a64(&DICTIONARY_SPDY3), 0x1d04_1c72_462c_9cbd);
    }
}
