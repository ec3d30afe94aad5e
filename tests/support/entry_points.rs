//! Every function that takes a session, each with arguments that make it do something on a session with stream 1.

use super::abi::{error, flag, option, setting, status};
use super::peer::Session;
use super::scenario::{GET, NONE};
use super::wire;

/// What a call may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// The drivers of one direction: an error if that direction is being driven already.
    Sending,
    Receiving,
    /// 0 in every state.
    Success,
    /// 0, or this error, whichever fits the state of the streams.
    SuccessOr(i32),
    /// A getter.
    Anything,
    /// Nothing: the session is gone.
    Deletes,
}

pub struct EntryPoint {
    pub name: &'static str,
    pub returns: Returns,
    pub call: fn(&Session) -> i32,
}

const fn entry(name: &'static str, returns: Returns, call: fn(&Session) -> i32) -> EntryPoint {
    EntryPoint {
        name,
        returns,
        call,
    }
}

/// All of them.
pub const ENTRY_POINTS: &[EntryPoint] = &[
    entry("send", Returns::Sending, |s| s.send()),
    entry("recv", Returns::Receiving, |s| s.recv()),
    entry("mem_recv", Returns::Receiving, |s| {
        let ping = wire::ping(s.version().wire(), 1);
        s.mem_recv(&ping).min(0) as i32
    }),
    entry("mem_recv of a reset", Returns::Receiving, |s| {
        let reset = wire::rst_stream(s.version().wire(), 1, status::CANCEL);
        s.mem_recv(&reset).min(0) as i32
    }),
    entry("submit_request", Returns::Success, |s| {
        let body = s.provider_of(10);
        s.submit_request(0, GET, Some(&body), 1)
    }),
    entry("submit_response", Returns::Success, |s| {
        let body = s.provider_of(10);
        s.submit_response(1, NONE, Some(&body))
    }),
    entry("submit_syn_stream", Returns::Success, |s| {
        s.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 1)
    }),
    entry("submit_syn_reply", Returns::Success, |s| {
        s.submit_syn_reply(flag::NONE, 1, NONE)
    }),
    entry("submit_headers", Returns::Success, |s| {
        s.submit_headers(flag::NONE, 1, NONE)
    }),
    entry("submit_data", Returns::Success, |s| {
        let body = s.provider_of(5000);
        s.submit_data(1, flag::FIN, Some(&body))
    }),
    entry("submit_rst_stream", Returns::Success, |s| {
        s.submit_rst_stream(1, status::CANCEL)
    }),
    entry("submit_ping", Returns::Success, |s| s.submit_ping()),
    entry("submit_goaway", Returns::Success, |s| {
        s.submit_goaway(status::OK)
    }),
    entry("submit_settings", Returns::Success, |s| {
        s.submit_settings(&[(setting::INITIAL_WINDOW_SIZE, 10)])
    }),
    entry(
        "submit_window_update",
        Returns::SuccessOr(error::STREAM_CLOSED),
        |s| s.submit_window_update(1, 1),
    ),
    entry(
        "resume_data",
        Returns::SuccessOr(error::INVALID_ARGUMENT),
        |s| s.resume_data(1),
    ),
    entry("consume", Returns::SuccessOr(error::INVALID_STATE), |s| {
        s.consume(1, 1000)
    }),
    entry("set_option", Returns::Success, |s| {
        s.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1)
    }),
    entry(
        "set_stream_user_data",
        Returns::SuccessOr(error::INVALID_ARGUMENT),
        |s| s.set_stream_user_data(1, 5),
    ),
    entry("fail_session", Returns::Success, |s| {
        s.fail_session(status::PROTOCOL_ERROR)
    }),
    entry("the getters", Returns::Anything, |s| {
        s.stream_user_data(1);
        s.outbound_queue_size();
        s.pri_lowest();
        s.stream_recv_data_length(1);
        s.recv_data_length();
        s.want_read() + s.want_write()
    }),
    entry("del", Returns::Deletes, |s| {
        s.delete();
        0
    }),
];
