//! The memory layout that programs built for libspdylay 1.4 rely on, checked when the crate is compiled.
//!
//! `tests/abi/abi.c` states the same numbers to a C compiler, about the generated header.
#![cfg(target_pointer_width = "64")]

use std::mem::{align_of, offset_of, size_of};

use super::callbacks::spdylay_session_callbacks;
use super::types::*;

macro_rules! layout {
    ($($type:ident($size:literal, $align:literal) { $($field:ident @ $offset:literal),+ $(,)? })+) => {
        $(const _: () = {
            assert!(size_of::<$type>() == $size);
            assert!(align_of::<$type>() == $align);
            $(assert!(offset_of!($type, $field) == $offset);)+
        };)+
    };
}

layout! {
    spdylay_ctrl_hd(12, 4) { version @ 0, r#type @ 2, flags @ 4, length @ 8 }
    spdylay_syn_stream(32, 8) { hd @ 0, stream_id @ 12, assoc_stream_id @ 16, pri @ 20, slot @ 21, nv @ 24 }
    spdylay_syn_reply(24, 8) { hd @ 0, stream_id @ 12, nv @ 16 }
    spdylay_headers(24, 8) { hd @ 0, stream_id @ 12, nv @ 16 }
    spdylay_rst_stream(20, 4) { hd @ 0, stream_id @ 12, status_code @ 16 }
    spdylay_settings_entry(12, 4) { settings_id @ 0, flags @ 4, value @ 8 }
    spdylay_settings(32, 8) { hd @ 0, niv @ 16, iv @ 24 }
    spdylay_ping(16, 4) { hd @ 0, unique_id @ 12 }
    spdylay_goaway(20, 4) { hd @ 0, last_good_stream_id @ 12, status_code @ 16 }
    spdylay_window_update(20, 4) { hd @ 0, stream_id @ 12, delta_window_size @ 16 }
    spdylay_mem_chunk(16, 8) { data @ 0, length @ 8 }
    spdylay_credential(48, 8) { hd @ 0, slot @ 12, proof @ 16, certs @ 32, ncerts @ 40 }
    spdylay_ctrl_frame(12, 4) { hd @ 0 }
    spdylay_frame(48, 8) {
        ctrl @ 0, syn_stream @ 0, syn_reply @ 0, rst_stream @ 0, settings @ 0, ping @ 0, goaway @ 0, headers @ 0,
        window_update @ 0, credential @ 0,
    }
    spdylay_data_source(8, 8) { fd @ 0, ptr @ 0 }
    spdylay_data_provider(16, 8) { source @ 0, read_callback @ 8 }
    spdylay_npn_proto(16, 8) { proto @ 0, len @ 8, version @ 10 }
    spdylay_session_callbacks(136, 8) {
        send_callback @ 0,
        recv_callback @ 8,
        on_ctrl_recv_callback @ 16,
        on_invalid_ctrl_recv_callback @ 24,
        on_data_chunk_recv_callback @ 32,
        on_data_recv_callback @ 40,
        before_ctrl_send_callback @ 48,
        on_ctrl_send_callback @ 56,
        on_ctrl_not_send_callback @ 64,
        on_data_send_callback @ 72,
        on_stream_close_callback @ 80,
        on_request_recv_callback @ 88,
        get_credential_proof @ 96,
        get_credential_ncerts @ 104,
        get_credential_cert @ 112,
        on_ctrl_recv_parse_error_callback @ 120,
        on_unknown_ctrl_recv_callback @ 128,
    }
}
