//! Which streams there are, as far as the generator can tell.
//!
//! It assumes that everything succeeds and nothing ever closes, so it is often wrong; but what it picks is recent, and
//! so mostly alive.

use super::super::random::Random;
use crate::support::peer::Role;

/// One side's view.
#[derive(Clone, Default)]
pub struct Model {
    /// Own streams that are submitted, sent, and answered.
    submitted: Vec<i32>,
    opened: Vec<i32>,
    answered: Vec<i32>,
    /// The peer's streams, not answered and answered.
    received: Vec<i32>,
    accepted: Vec<i32>,
    /// Streams with a body of ours, and with DATA of the peer's.
    bodies: Vec<i32>,
    data: Vec<i32>,
    /// Streams on which the peer has ended.
    ended: Vec<i32>,
    next_own: i32,
    next_peers: i32,
}

/// What a call or a frame needs to make sense.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// A stream of the peer's without an answer.
    ToAnswer,
    /// An own stream without an answer.
    ToBeAnswered,
    Any,
    Body,
    Data,
}

impl Model {
    pub fn new(role: Role) -> Model {
        let (next_own, next_peers) = match role {
            Role::Client => (1, 2),
            Role::Server => (2, 1),
        };
        Model {
            next_own,
            next_peers,
            ..Model::default()
        }
    }

    /// The id that the next own stream gets.
    pub fn submit(&mut self, has_body: bool) -> i32 {
        let stream = self.next_own;
        self.next_own += 2;
        self.submitted.push(stream);
        if has_body {
            self.bodies.push(stream);
        }
        stream
    }

    /// What is submitted goes out; these streams are new to the peer.
    pub fn send(&mut self) -> Vec<i32> {
        let sent = std::mem::take(&mut self.submitted);
        self.opened.extend(&sent);
        sent
    }

    /// The id that the peer's next stream gets.
    pub fn peer_opens(&mut self) -> i32 {
        let stream = self.next_peers;
        self.next_peers += 2;
        self.received.push(stream);
        stream
    }

    /// The peer's stream arrives that it has sent.
    pub fn receive(&mut self, stream: i32) {
        self.received.push(stream);
        self.next_peers = self.next_peers.max(stream + 2);
    }

    /// One of the own streams that wait for an answer, which is coming now.
    pub fn answer_own(&mut self, random: &mut Random) -> Option<i32> {
        let stream = recent(&self.opened, random)?;
        self.opened.retain(|&other| other != stream);
        self.answered.push(stream);
        Some(stream)
    }

    /// One of the peer's streams that wait for an answer, which is given now.
    pub fn answer_peers(&mut self, has_body: bool, random: &mut Random) -> Option<i32> {
        let stream = recent(&self.received, random)?;
        self.received.retain(|&other| other != stream);
        self.accepted.push(stream);
        if has_body {
            self.bodies.push(stream);
        }
        Some(stream)
    }

    /// A stream on which this side may send HEADERS and DATA.
    pub fn open_for_sending(&self, random: &mut Random) -> Option<i32> {
        either(&[&self.accepted, &self.answered, &self.opened], random)
    }

    /// A stream on which the peer may send HEADERS and DATA.
    pub fn open_for_receiving(&self, random: &mut Random) -> Option<i32> {
        let lists = [&self.answered, &self.received, &self.accepted];
        let is_open = |stream: &i32| !self.ended.contains(stream);
        (0..4).find_map(|_| either(&lists, random).filter(is_open))
    }

    /// The peer ends its side of a stream.
    pub fn end(&mut self, stream: i32) {
        self.ended.push(stream);
    }

    /// Whether there is any of them.
    pub fn has(&self, wanted: Wanted) -> bool {
        let lists: &[&Vec<i32>] = match wanted {
            Wanted::ToAnswer => &[&self.received],
            Wanted::ToBeAnswered => &[&self.opened],
            Wanted::Any => &[
                &self.submitted,
                &self.opened,
                &self.answered,
                &self.received,
                &self.accepted,
            ],
            Wanted::Body => &[&self.bodies],
            Wanted::Data => &[&self.data],
        };
        lists.iter().any(|streams| !streams.is_empty())
    }

    pub fn own(&self, random: &mut Random) -> Option<i32> {
        either(&[&self.answered, &self.opened, &self.submitted], random)
    }

    pub fn peers(&self, random: &mut Random) -> Option<i32> {
        either(&[&self.received, &self.accepted], random)
    }

    pub fn any(&self, random: &mut Random) -> Option<i32> {
        if random.percent(50) {
            self.own(random).or_else(|| self.peers(random))
        } else {
            self.peers(random).or_else(|| self.own(random))
        }
    }

    pub fn add_body(&mut self, stream: i32) {
        self.bodies.push(stream);
    }

    pub fn with_body(&self, random: &mut Random) -> Option<i32> {
        recent(&self.bodies, random)
    }

    pub fn add_data(&mut self, stream: i32) {
        self.data.push(stream);
    }

    pub fn with_data(&self, random: &mut Random) -> Option<i32> {
        recent(&self.data, random)
    }

    /// Ids that are about to exist.
    pub fn next(&self) -> [i32; 2] {
        [self.next_own, self.next_peers]
    }
}

/// One of the latest few.
fn recent(streams: &[i32], random: &mut Random) -> Option<i32> {
    let latest = streams.len().min(3);
    (latest > 0).then(|| streams[streams.len() - 1 - random.below(latest)])
}

/// One of the latest few of any list.
fn either(lists: &[&Vec<i32>], random: &mut Random) -> Option<i32> {
    let first = random.below(lists.len());
    let (before, from) = lists.split_at(first);
    from.iter()
        .chain(before)
        .find_map(|streams| recent(streams, random))
}
