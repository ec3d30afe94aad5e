//! A capture file of one TCP connection, made of bytes alone: capturing for real takes privileges.

use crate::driver::Way;

/// The port of SPDY on plain TCP, by which tshark knows what to decode.
const SERVER_PORT: u16 = 6121;
const CLIENT_PORT: u16 = 40_000;

/// The link type of packets that begin with an IP header.
const LINKTYPE_RAW: u32 = 101;

/// Far below what a real segment holds, so that frames and header blocks are spread over several.
const SEGMENT: usize = 500;

/// What the client has seen, as a capture.
pub fn capture(record: &[(Way, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    for field in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, LINKTYPE_RAW] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    // The next sequence number of the client and of the server.
    let mut next = [1, 1];
    for (way, bytes) in record {
        let (from, to) = if *way == Way::Sent { (0, 1) } else { (1, 0) };
        for payload in bytes.chunks(SEGMENT) {
            let ports = [CLIENT_PORT, SERVER_PORT];
            let packet = packet([ports[from], ports[to]], [next[from], next[to]], payload);
            next[from] += payload.len() as u32;
            let length = packet.len() as u32;
            for field in [0, 0, length, length] {
                file.extend_from_slice(&field.to_le_bytes());
            }
            file.extend_from_slice(&packet);
        }
    }
    file
}

/// IPv4 and TCP around a payload, without the checksums, which tshark does not look at.
fn packet(ports: [u16; 2], numbers: [u32; 2], payload: &[u8]) -> Vec<u8> {
    let length = (40 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend_from_slice(&length.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    packet.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    packet.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    // Five words of header, ACK and PSH, and the largest window.
    packet.extend_from_slice(&[0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend_from_slice(payload);
    packet
}
