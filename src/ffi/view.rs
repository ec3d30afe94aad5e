//! Frames as C sees them: a `spdylay_frame` whose pointers lead into the frame's own memory.

use std::os::raw::c_char;
use std::ptr;

use super::enums::FrameType;
use super::handle::Handle;
use super::types::{
    spdylay_ctrl_hd, spdylay_frame, spdylay_goaway, spdylay_headers, spdylay_ping,
    spdylay_rst_stream, spdylay_settings, spdylay_settings_entry, spdylay_syn_reply,
    spdylay_syn_stream, spdylay_window_update,
};
use crate::frame::{ControlHead, Frame};
use crate::header::HeaderBlock;

/// How a header block without pairs looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// An array that ends at once.
    Array,
    /// `nv` is NULL: the block was too large to be decoded.
    Null,
}

/// Shows `frame` to `callback` as its type and a pointer, valid until `callback` returns.
///
/// The frame has been moved out of the session, so nothing that the callback does can move or free it.
pub(super) fn show(
    handle: &Handle,
    frame: &mut Frame,
    empty: Empty,
    callback: impl FnOnce(FrameType, *mut spdylay_frame),
) {
    let kind = FrameType::from(frame.kind());
    let mut nv = handle.take_nv();
    let mut iv = Vec::new();
    let mut view = view_of(frame, empty, &mut nv, &mut iv);
    callback(kind, &mut view);
    handle.keep_nv(nv);
}

fn view_of(
    frame: &mut Frame,
    empty: Empty,
    nv: &mut Vec<*mut c_char>,
    iv: &mut Vec<spdylay_settings_entry>,
) -> spdylay_frame {
    let hd = head_of(frame.head());
    match frame {
        Frame::SynStream(frame) => spdylay_frame {
            syn_stream: spdylay_syn_stream {
                hd,
                stream_id: frame.stream_id,
                assoc_stream_id: frame.assoc_stream_id,
                pri: frame.pri,
                slot: frame.slot,
                nv: pointers(&mut frame.block, empty, nv),
            },
        },
        Frame::SynReply(frame) => spdylay_frame {
            syn_reply: spdylay_syn_reply {
                hd,
                stream_id: frame.stream_id,
                nv: pointers(&mut frame.block, empty, nv),
            },
        },
        Frame::Headers(frame) => spdylay_frame {
            headers: spdylay_headers {
                hd,
                stream_id: frame.stream_id,
                nv: pointers(&mut frame.block, empty, nv),
            },
        },
        Frame::RstStream(frame) => spdylay_frame {
            rst_stream: spdylay_rst_stream {
                hd,
                stream_id: frame.stream_id,
                status_code: frame.status,
            },
        },
        Frame::Settings(frame) => {
            iv.extend(frame.entries.iter().map(|entry| spdylay_settings_entry {
                settings_id: entry.id,
                flags: entry.flags,
                value: entry.value,
            }));
            spdylay_frame {
                settings: spdylay_settings {
                    hd,
                    niv: iv.len(),
                    iv: iv.as_mut_ptr(),
                },
            }
        }
        Frame::Ping(frame) => spdylay_frame {
            ping: spdylay_ping {
                hd,
                unique_id: frame.id,
            },
        },
        Frame::Goaway(frame) => spdylay_frame {
            goaway: spdylay_goaway {
                hd,
                last_good_stream_id: frame.last_good_stream_id,
                status_code: frame.status,
            },
        },
        Frame::WindowUpdate(frame) => spdylay_frame {
            window_update: spdylay_window_update {
                hd,
                stream_id: frame.stream_id,
                delta_window_size: frame.delta,
            },
        },
    }
}

fn head_of(head: &ControlHead) -> spdylay_ctrl_hd {
    spdylay_ctrl_hd {
        version: head.version,
        r#type: head.kind,
        flags: head.flags,
        length: head.length as i32,
    }
}

/// Fills `nv` with name, value, name, value, ..., NULL.
fn pointers(block: &mut HeaderBlock, empty: Empty, nv: &mut Vec<*mut c_char>) -> *mut *mut c_char {
    nv.clear();
    if block.is_empty() && empty == Empty::Null {
        return ptr::null_mut();
    }
    nv.reserve(2 * block.len() + 1);
    for index in 0..block.len() {
        let pair = block.pairs()[index];
        for span in [pair.name, pair.value] {
            let text = &mut block.text_mut()[span.start as usize..];
            nv.push(text.as_mut_ptr().cast());
        }
    }
    nv.push(ptr::null_mut());
    nv.as_mut_ptr()
}
