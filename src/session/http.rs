//! The rules for HTTP headers, for sessions that carry nothing else.
//!
//! Names are those that applications see, the same in all versions.
//!
//! Source: SPDY/3 sections 3.2.1 (requests), 3.2.2 (responses) and 3.3 (pushes).

use crate::header::HeaderBlock;

/// Headers of HTTP/1.1 about its connection, which mean nothing here.
const CONNECTION: [&[u8]; 4] = [
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
];

/// Whether these are the headers of a request.
pub(super) fn is_request(block: &HeaderBlock) -> bool {
    let needed: [&[u8]; 5] = [b":host", b":method", b":path", b":scheme", b":version"];
    has_all(block, &needed) && has_no_host(block) && may_follow(block)
}

/// Whether these are the headers of a stream that a server pushes; those of the response may come later.
pub(super) fn is_push(block: &HeaderBlock) -> bool {
    let needed: [&[u8]; 3] = [b":host", b":path", b":scheme"];
    has_all(block, &needed) && has_no_host(block) && may_follow(block)
}

/// Whether these are the headers of a response.
pub(super) fn is_response(block: &HeaderBlock) -> bool {
    let needed: [&[u8]; 2] = [b":status", b":version"];
    has_all(block, &needed) && may_follow(block)
}

/// Whether these may be further headers of a stream.
pub(super) fn may_follow(block: &HeaderBlock) -> bool {
    !block.iter().any(|(name, _)| CONNECTION.contains(&name))
}

fn has_all(block: &HeaderBlock, needed: &[&[u8]]) -> bool {
    needed.iter().all(|name| block.get(name).is_some())
}

/// `:host` stands for it.
fn has_no_host(block: &HeaderBlock) -> bool {
    block.get(b"host").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(names: &[&str]) -> HeaderBlock {
        let pairs = names.iter().map(|name| (name.as_bytes(), &b"x"[..]));
        HeaderBlock::from_pairs(pairs).expect("valid names")
    }

    const REQUEST: [&str; 5] = [":host", ":method", ":path", ":scheme", ":version"];

    #[test]
    fn every_name_is_needed() {
        type Rule = fn(&HeaderBlock) -> bool;
        let kinds: [(Rule, &[&str]); 3] = [
            (is_request, &REQUEST),
            (is_push, &[":host", ":path", ":scheme"]),
            (is_response, &[":status", ":version"]),
        ];
        for (follows_rules, needed) in kinds {
            assert!(follows_rules(&block(needed)));
            assert!(!follows_rules(&block(&[])));
            for left_out in needed {
                let mut names = needed.to_vec();
                names.retain(|name| name != left_out);
                assert!(!follows_rules(&block(&names)), "without {left_out}");
            }
        }
    }

    #[test]
    fn names_about_the_connection_are_wrong_everywhere() {
        for name in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
        ] {
            assert!(!may_follow(&block(&["a", name, "z"])));
            assert!(!is_request(&block(&[&REQUEST[..], &[name]].concat())));
        }
        assert!(may_follow(&block(&[])));
        assert!(may_follow(&block(&["connections", "host"])));
        assert!(!is_request(&block(&[&REQUEST[..], &["host"]].concat())));
    }
}
