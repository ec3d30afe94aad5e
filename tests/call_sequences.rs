//! Random sequences of calls and input: whatever an application and its peer do, the session
//! stays in one piece.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;
use std::rc::Rc;
use support::abi::{error, flag, setting};
use support::defective_in_1_4;
use support::event::Event;
use support::frame::Frame;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Recv, Send};
use support::wire::{self, Writer};

/// What the application does.
#[derive(Clone, Copy, Debug)]
enum Call {
    Request,
    Response,
    SynStream,
    SynReply,
    Headers,
    Data,
    RstStream,
    Ping,
    Goaway,
    FailSession,
    Settings,
    WindowUpdate,
    Resume,
    Consume,
    Option,
    UserData,
    Send,
    SendInPieces,
    SendToFailure,
    MemSend,
    Fin,
    Shutdown,
    Recv,
}

/// What the peer sends.
#[derive(Clone, Copy, Debug)]
enum Input {
    /// A request or push with the next id, as a peer that plays by the rules sends it.
    NextStream,
    SynStream,
    SynReply,
    Headers,
    Data,
    RstStream,
    Settings,
    Ping,
    Goaway,
    WindowUpdate,
    Unknown,
    Malformed,
}

/// Arguments for a call or a frame; each takes those it needs.
#[derive(Clone, Copy, Debug)]
struct Arguments {
    stream_id: i32,
    flags: u8,
    number: u32,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        12 => Just(Call::Request),
        8 => Just(Call::Response),
        4 => Just(Call::SynStream),
        3 => Just(Call::SynReply),
        3 => Just(Call::Headers),
        6 => Just(Call::Data),
        3 => Just(Call::RstStream),
        2 => Just(Call::Ping),
        1 => Just(Call::Goaway),
        1 => Just(Call::FailSession),
        2 => Just(Call::Settings),
        2 => Just(Call::WindowUpdate),
        4 => Just(Call::Resume),
        2 => Just(Call::Consume),
        1 => Just(Call::Option),
        1 => Just(Call::UserData),
        16 => Just(Call::Send),
        4 => Just(Call::SendInPieces),
        2 => Just(Call::SendToFailure),
        6 => Just(Call::MemSend),
        3 => Just(Call::Fin),
        1 => Just(Call::Shutdown),
        1 => Just(Call::Recv),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        24 => Just(Input::NextStream),
        2 => Just(Input::SynStream),
        20 => Just(Input::SynReply),
        6 => Just(Input::Headers),
        12 => Just(Input::Data),
        4 => Just(Input::RstStream),
        4 => Just(Input::Settings),
        4 => Just(Input::Ping),
        1 => Just(Input::Goaway),
        12 => Just(Input::WindowUpdate),
        2 => Just(Input::Unknown),
        1 => Just(Input::Malformed),
    ]
}

fn arguments() -> impl Strategy<Value = Arguments> {
    // Few enough streams for most steps to meet one that exists.
    let stream_id = prop_oneof![30 => 1..7i32, 1 => Just(0), 1 => Just(-1), 1 => Just(i32::MAX)];
    let number = prop_oneof![6 => 0..50_000u32, 1 => any::<u32>(), 1 => Just(i32::MAX as u32)];
    (stream_id, any::<u8>(), number).prop_map(|(stream_id, flags, number)| Arguments {
        stream_id,
        flags,
        number,
    })
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(V2), Just(V3), Just(V3_1)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn is_1_4() -> bool {
    defective_in_1_4("it lacks what was added since")
}

/// A session that reports all there is.
fn session(role: Role, version: Version) -> Rc<Session> {
    let session = Session::new(role, version);
    if !is_1_4() {
        session.report_remote_close();
    }
    session
}

/// No provider, or one of a few kinds.
fn body(session: &Session, number: u32) -> Option<DataProvider> {
    let bytes = vec![b'b'; (number / 8) as usize % 50_000];
    let steps = match number % 8 {
        0 => return None,
        1 => vec![Read::Chunk(bytes)],
        2 => vec![Read::deferred(), Read::Last(bytes)],
        3 => vec![Read::chunk(""), Read::Chunk(bytes), Read::last("")],
        4 => vec![Read::Returns(error::TEMPORAL_CALLBACK_FAILURE as isize)],
        5 => vec![Read::Chunk(bytes), Read::Returns(-1)],
        6 => vec![Read::Returns(100_000)],
        _ => vec![Read::Last(bytes)],
    };
    Some(session.provider(steps))
}

/// Makes a call; its result, where the arguments do not decide it, is of no interest.
fn make(session: &Session, call: Call, arguments: Arguments) {
    let Arguments {
        stream_id,
        flags,
        number,
    } = arguments;
    match call {
        Call::Request => {
            session.submit_request(flags, GET, body(session, number).as_ref(), 1);
        }
        Call::Response => {
            session.submit_response(stream_id, OK, body(session, number).as_ref());
        }
        Call::SynStream => {
            session.submit_syn_stream(flags, stream_id, flags, NONE, 2);
        }
        Call::SynReply => {
            session.submit_syn_reply(flags, stream_id, OK);
        }
        Call::Headers => {
            session.submit_headers(flags, stream_id, OK);
        }
        Call::Data => {
            if let Some(body) = body(session, number) {
                session.submit_data(stream_id, flags, Some(&body));
            }
        }
        Call::RstStream => assert_eq!(session.submit_rst_stream(stream_id, number), 0),
        Call::Ping => assert_eq!(session.submit_ping(), 0),
        Call::Goaway => assert_eq!(session.submit_goaway(number), 0),
        Call::FailSession => assert_eq!(session.fail_session(number), 0),
        Call::Settings => {
            session.submit_settings(&[(i32::from(flags % 10), number), (4, 100)]);
        }
        Call::WindowUpdate => {
            session.submit_window_update(stream_id, number as i32);
        }
        Call::Resume => {
            session.resume_data(stream_id);
        }
        Call::Consume => {
            session.consume(stream_id, number as usize);
        }
        Call::Option => {
            let options = [0, 1, 2, 3, 4, 101, 102, 103, 104];
            session.set_option(options[usize::from(flags) % options.len()], number);
        }
        Call::UserData => {
            if session.set_stream_user_data(stream_id, number as usize) == 0 {
                assert_eq!(session.stream_user_data(stream_id), number as usize);
            }
        }
        Call::Send => send(session, []),
        Call::SendInPieces => {
            let most = 1 + number as usize % 5000;
            let blocked = Send::Returns(error::WOULDBLOCK);
            send(session, [Send::Upto(most), Send::Upto(most), blocked]);
        }
        Call::SendToFailure => {
            let most = number as usize % 5000 + 1;
            let failure = Send::Returns(error::CALLBACK_FAILURE);
            send(session, [Send::Upto(most), failure]);
        }
        Call::MemSend | Call::Fin | Call::Shutdown if is_1_4() => {}
        Call::MemSend => {
            let result = session.mem_send();
            assert!(result >= 0 || result == error::CALLBACK_FAILURE as isize);
        }
        Call::Fin => assert_eq!(session.submit_fin(stream_id), 0),
        Call::Shutdown => assert_eq!(session.shutdown(number), 0),
        Call::Recv => {
            let ping = wire::ping(session.version().wire(), number);
            session.script_recv([Recv::Bytes(ping), Recv::Returns(error::EOF as isize)]);
            assert_eq!(session.recv(), error::EOF);
        }
    }
}

fn send(session: &Session, answers: impl IntoIterator<Item = Send>) {
    session.script_send(answers);
    let result = session.send();
    assert!([0, error::CALLBACK_FAILURE].contains(&result), "{result}");
}

/// The other side of a session under test.
struct Peer {
    role: Role,
    writer: Writer,
    next_stream_id: i32,
}

impl Peer {
    fn of(role: Role, version: Version) -> Peer {
        Peer {
            role,
            writer: Writer::new(version),
            next_stream_id: if role == Role::Server { 1 } else { 2 },
        }
    }

    fn frame(&mut self, input: Input, arguments: Arguments) -> Vec<u8> {
        let Arguments {
            stream_id,
            flags,
            number,
        } = arguments;
        let fin = flags & flag::FIN;
        let version = self.writer.version;
        match input {
            Input::NextStream => {
                let id = self.next_stream_id;
                self.next_stream_id += 2;
                match self.role {
                    Role::Server => self.writer.syn_stream(fin, id, 0, flags % 4, GET),
                    Role::Client => {
                        let flags = fin | flag::UNIDIRECTIONAL;
                        self.writer.syn_stream(flags, id, stream_id, 0, GET)
                    }
                }
            }
            Input::SynStream => self.writer.syn_stream(flags, stream_id, 0, 0, GET),
            Input::SynReply => self.writer.syn_reply(fin, stream_id, OK),
            Input::Headers => self.writer.headers(fin, stream_id, OK),
            Input::Data => {
                let payload = vec![b'd'; number as usize % 70_000];
                wire::data(stream_id & i32::MAX, fin, &payload)
            }
            Input::RstStream => wire::rst_stream(version, stream_id, number),
            Input::Settings => wire::settings(version, &[(u32::from(flags % 10), number), (4, 9)]),
            Input::Ping => wire::ping(version, number),
            Input::Goaway => wire::goaway(version, stream_id, number),
            Input::WindowUpdate => wire::window_update(version, stream_id, number),
            Input::Unknown => wire::control(version, 10 + u16::from(flags), flags, b"whatever"),
            Input::Malformed => wire::control(version, 3 + u16::from(flags % 5), flags, b"?"),
        }
    }
}

/// What holds after every step.
fn assert_sane(session: &Session) {
    assert!([0, 1].contains(&session.want_read()));
    assert!([0, 1].contains(&session.want_write()));
    assert!(session.outbound_queue_size() < 100_000);
}

/// What holds for a whole run.
fn assert_consistent(events: &[Event]) {
    let (mut ended, mut closed) = (HashSet::new(), HashSet::new());
    let mut announced: Vec<&Frame> = Vec::new();
    let mut sent: Vec<&Frame> = Vec::new();
    for event in events {
        match event {
            Event::StreamRemoteClose { stream_id } => {
                assert!(ended.insert(*stream_id), "stream {stream_id} ended twice");
                assert!(!closed.contains(stream_id), "stream {stream_id} was closed");
            }
            Event::StreamClose { stream_id, .. } => {
                assert!(closed.insert(*stream_id), "stream {stream_id} closed twice");
            }
            Event::BeforeCtrlSend(frame) => announced.push(frame),
            Event::CtrlSend(frame) => sent.push(frame),
            Event::Credential => panic!("a credential callback"),
            _ => {}
        }
    }
    assert_eq!(
        sent,
        announced[..sent.len()],
        "before_ctrl_send and on_ctrl_send"
    );
    assert!(announced.len() - sent.len() <= 1, "one frame at a time");
}

proptest! {
    // Set PROPTEST_CASES for more than the default 256 runs of each.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_calls_and_any_frames_leave_the_session_consistent(
        role in role(),
        version in version(),
        steps in vec((call(), proptest::option::of(input()), arguments()), 0..80),
    ) {
        let session = session(role, version);
        let mut peer = Peer::of(role, version);
        for (call, input, arguments) in steps {
            match input {
                Some(input) => session.feed(&peer.frame(input, arguments)),
                None => make(&session, call, arguments),
            }
            assert_sane(&session);
        }
        // A transport that works again takes all there is.
        let at_rest = |_: &u32| session.send() == 0 && session.want_write() == 0;
        assert!((0..1000).find(at_rest).is_some(), "still sending");
        session.sent();
        assert_consistent(&session.events());
        session.delete();
        assert!(session.events().is_empty());
    }

    #[test]
    fn two_sessions_never_send_each_other_malformed_frames(
        version in version(),
        steps in vec((role(), call(), arguments()), 0..80),
    ) {
        let (client, server) = (session(Role::Client, version), session(Role::Server, version));
        for (role, call, arguments) in steps {
            // Its PING would land in the middle of what the other session sends.
            if matches!(call, Call::Recv) {
                continue;
            }
            make(if role == Role::Client { &client } else { &server }, call, arguments);
            server.feed(&client.take_output());
            client.feed(&server.take_output());
        }
        for session in [&client, &server] {
            let events = session.events();
            assert_consistent(&events);
            for event in &events {
                assert!(
                    !matches!(event, Event::ParseError { .. } | Event::UnknownCtrlRecv { .. }),
                    "{event}"
                );
            }
        }
    }

    #[test]
    fn random_bytes_never_hurt(
        role in role(),
        version in version(),
        pieces in vec(vec(any::<u8>(), 0..200), 0..10),
    ) {
        if defective_in_1_4("some frame versions abort the process") {
            return Ok(());
        }
        let session = session(role, version);
        for piece in pieces {
            session.feed(&piece);
            assert_sane(&session);
            assert_eq!(session.send(), 0);
        }
        session.sent();
        assert_consistent(&session.events());
    }

    #[test]
    fn damaged_frames_never_hurt(
        role in role(),
        version in version(),
        inputs in vec((input(), arguments()), 1..20),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        if defective_in_1_4("some frame versions abort the process") {
            return Ok(());
        }
        let mut peer = Peer::of(role, version);
        let mut bytes: Vec<u8> = inputs
            .into_iter()
            .flat_map(|(input, arguments)| peer.frame(input, arguments))
            .collect();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let session = session(role, version);
        session.submit_request(0, GET, None, 0);
        assert_eq!(session.send(), 0);
        session.feed(&bytes);
        assert_eq!(session.send(), 0);
        assert_sane(&session);
        session.sent();
        assert_consistent(&session.events());
    }

    #[test]
    fn an_upload_uses_exactly_the_windows_it_was_given(
        version in prop_oneof![Just(V3), Just(V3_1)],
        grants in vec((0..3u8, 0..50_000u32), 0..30),
    ) {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, 1, Some(&client.provider_of(2_000_000)));
        let (mut stream, mut connection, mut initial) = (65_536, 65_536, 65_536);
        let mut written = payload_sent(&client, 1) as i64;
        let mut expected = 65_536;
        for (kind, amount) in grants {
            match kind {
                0 => {
                    client.feed(&wire::window_update(3, 1, amount));
                    stream += i64::from(amount);
                }
                1 => {
                    client.feed(&wire::window_update(3, 0, amount));
                    connection += i64::from(amount);
                }
                _ => {
                    let id = setting::INITIAL_WINDOW_SIZE as u32;
                    client.feed(&wire::settings(3, &[(id, amount)]));
                    stream += i64::from(amount) - initial;
                    initial = i64::from(amount);
                }
            }
            let granted = if version == V3_1 { stream.min(connection) } else { stream };
            // A window that shrinks does not take back what was written before.
            expected = expected.max(granted);
            written += payload_sent(&client, 1) as i64;
            assert_eq!(written, expected);
        }
    }
}
