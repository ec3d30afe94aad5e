//! The calls of an application: made, and in words.

#![allow(unsafe_code)]

use super::input::pattern;
use super::scenario::{Action, Call, Nv, Read, Step};
use super::transcript::pairs;
use crate::support::abi::SettingsEntry;
use crate::support::nv::NvArray;
use crate::support::peer::{DataProvider, Session};
use crate::support::script;
use std::ptr;

/// Makes a call; `providers` counts the data providers made so far.
pub fn make(session: &Session, call: &Call, providers: &mut usize) -> i32 {
    let mut provider = |steps: &Vec<Read>| {
        *providers += 1;
        session.provider(steps.iter().map(script_read))
    };
    match call {
        Call::Request {
            pri,
            nv,
            body,
            user_data,
        } => {
            let body = body.as_ref().map(provider);
            session.submit_request(*pri, array(nv), body.as_ref(), *user_data)
        }
        Call::Response { stream, nv, body } => {
            let body = body.as_ref().map(provider);
            session.submit_response(*stream, array(nv), body.as_ref())
        }
        Call::SynStream {
            flags,
            assoc,
            pri,
            nv,
            user_data,
        } => session.submit_syn_stream(*flags, *assoc, *pri, array(nv), *user_data),
        Call::SynReply { flags, stream, nv } => {
            session.submit_syn_reply(*flags, *stream, array(nv))
        }
        Call::Headers { flags, stream, nv } => session.submit_headers(*flags, *stream, array(nv)),
        Call::Data {
            stream,
            flags,
            body,
        } => {
            let body: DataProvider = provider(body);
            session.submit_data(*stream, *flags, Some(&body))
        }
        Call::RstStream { stream, status } => session.submit_rst_stream(*stream, *status),
        Call::Ping => session.submit_ping(),
        Call::Goaway { status } => session.submit_goaway(*status),
        Call::FailSession { status } => session.fail_session(*status),
        Call::Settings { flags, entries } => {
            let entry = |&(settings_id, flags, value)| SettingsEntry {
                settings_id,
                flags,
                value,
            };
            let entries: Vec<SettingsEntry> = entries.iter().map(entry).collect();
            session.submit_settings_entries(*flags, &entries)
        }
        Call::WindowUpdate { stream, delta } => session.submit_window_update(*stream, *delta),
        Call::Resume { stream } => session.resume_data(*stream),
        Call::Consume { stream, size } => session.consume(*stream, *size),
        Call::SetOption {
            option,
            value,
            length,
        } => session.set_option_sized(*option, *value, *length),
        Call::SetUserData { stream, value } => session.set_stream_user_data(*stream, *value),
        Call::CertOrigin => cert_origin(session),
        Call::Feed { provider, steps } => {
            if let Some(provider) = provider.checked_rem(*providers) {
                session.extend_provider(provider, steps.iter().map(script_read));
            }
            0
        }
    }
}

/// The functions about client certificates, of which nothing comes.
fn cert_origin(session: &Session) -> i32 {
    let (api, raw) = (session.api(), session.raw());
    // SAFETY: the session is live.
    let origin = unsafe { (api.session_get_client_cert_origin)(raw, 1) };
    assert_eq!(origin, ptr::null(), "session_get_client_cert_origin");
    let set = api.session_set_initial_client_cert_origin;
    // SAFETY: the strings end with NUL, and the session is live.
    unsafe { set(raw, c"https".as_ptr(), c"example.org".as_ptr(), 443) }
}

fn array(nv: &Nv) -> NvArray {
    let array = NvArray::from(&nv.pairs);
    match nv.dangling {
        Some(name) => array.then_null_value(name),
        None => array,
    }
}

fn script_read(read: &Read) -> script::Read {
    match *read {
        Read::Chunk(length) => script::Read::Chunk(pattern(length)),
        Read::Last(length) => script::Read::Last(pattern(length)),
        Read::Returns(result) => script::Read::Returns(result),
    }
}

/// A call in words, without what has grown too long for a line.
pub fn describe(call: &Call) -> String {
    match call {
        Call::Request {
            pri,
            nv,
            body,
            user_data,
        } => format!(
            "submit_request pri={pri} {} {} user_data={user_data}",
            headers(nv),
            source(body.as_deref())
        ),
        Call::Response { stream, nv, body } => format!(
            "submit_response stream={stream} {} {}",
            headers(nv),
            source(body.as_deref())
        ),
        Call::SynStream {
            flags,
            assoc,
            pri,
            nv,
            user_data,
        } => format!(
            "submit_syn_stream flags={flags} assoc={assoc} pri={pri} {} user_data={user_data}",
            headers(nv)
        ),
        Call::SynReply { flags, stream, nv } => {
            format!(
                "submit_syn_reply flags={flags} stream={stream} {}",
                headers(nv)
            )
        }
        Call::Headers { flags, stream, nv } => {
            format!(
                "submit_headers flags={flags} stream={stream} {}",
                headers(nv)
            )
        }
        Call::Data {
            stream,
            flags,
            body,
        } => format!(
            "submit_data stream={stream} flags={flags} {}",
            source(Some(body))
        ),
        Call::RstStream { stream, status } => {
            format!("submit_rst_stream stream={stream} status={status}")
        }
        Call::Ping => "submit_ping".to_owned(),
        Call::Goaway { status } => format!("submit_goaway status={status}"),
        Call::FailSession { status } => format!("session_fail_session status={status}"),
        Call::Settings { flags, entries } => {
            format!("submit_settings flags={flags} (id, flags, value)={entries:?}")
        }
        Call::WindowUpdate { stream, delta } => {
            format!("submit_window_update stream={stream} delta={delta}")
        }
        Call::Resume { stream } => format!("session_resume_data stream={stream}"),
        Call::Consume { stream, size } => format!("session_consume stream={stream} size={size}"),
        Call::SetOption {
            option,
            value,
            length,
        } => format!("session_set_option {option} value={value:?} length={length}"),
        Call::SetUserData { stream, value } => {
            format!("session_set_stream_user_data stream={stream} value={value}")
        }
        Call::CertOrigin => "session_set_initial_client_cert_origin".to_owned(),
        Call::Feed { provider, steps } => {
            format!("(data provider {provider} gets {})", source(Some(steps)))
        }
    }
}

fn headers(nv: &Nv) -> String {
    let dangling = nv
        .dangling
        .map_or(String::new(), |name| format!(" and {name}=NULL"));
    pairs(&nv.pairs) + &dangling
}

fn source(body: Option<&[Read]>) -> String {
    body.map_or("body=NULL".to_owned(), |steps| format!("body={steps:?}"))
}

/// A step of a scenario in words.
pub fn describe_step(step: &Step) -> String {
    let action = match &step.action {
        Action::Call(call) => describe(call),
        Action::Inside {
            callback,
            nth,
            call,
        } => format!("in {callback} number {nth}: {}", describe(call)),
        Action::Send(transport) => format!("session_send, {transport:?}"),
        Action::Receive(receive) => format!("{receive:?}"),
        Action::Take { frames, via } => format!("receive {frames} frames, {via:?}"),
    };
    format!("{:?}: {action}", step.role)
}
