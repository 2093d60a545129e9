//! Commands are cut out of a client's bytes as a plain reading of the protocol cuts them.

use shardgate::protocol::{
    HEADER_LEN, MAX_PAYLOAD, PacketHeader, split_small_packet, write_packet,
};
use shardgate::session::{ClientStream, SessionError};

use super::loopback::serve;

/// What a client's bytes are, one after the other.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Command(Vec<u8>),
    /// The client closed between two commands.
    End,
    /// The client closed in the middle of one.
    Cut,
    OutOfOrder(u8, u8),
    TooLong,
}

/// The first byte bounds a command's length; the rest is what the client sends.
pub fn check(input: &[u8]) {
    let Some((&bound, bytes)) = input.split_first() else {
        return;
    };
    let max = 1_usize << (bound % 26);
    let (steps, answer) = serve(bytes, async |stream| read_all(stream, max).await);
    assert_eq!(steps, plainly(bytes, max));
    assert!(answer.is_empty(), "reading answers nothing");
    small_packets(bytes, max);
    written_again(&steps);
}

async fn read_all(stream: &mut ClientStream, max: usize) -> Vec<Step> {
    let (mut steps, mut command) = (Vec::new(), Vec::new());
    loop {
        let step = match stream.read_command(&mut command, max).await {
            Ok(true) => Step::Command(command.clone()),
            Ok(false) => Step::End,
            Err(SessionError::Closed) => Step::Cut,
            Err(SessionError::OutOfOrder { expected, found }) => Step::OutOfOrder(expected, found),
            Err(SessionError::CommandTooLong { .. }) => Step::TooLong,
            Err(error) => panic!("{error}"),
        };
        let is_last = !matches!(step, Step::Command(_));
        steps.push(step);
        if is_last {
            return steps;
        }
    }
}

/// The same, read as the protocol's text says it.
fn plainly(mut rest: &[u8], max: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    loop {
        if rest.is_empty() {
            steps.push(Step::End);
            return steps;
        }
        match command(&mut rest, max) {
            Step::Command(bytes) => steps.push(Step::Command(bytes)),
            other => {
                steps.push(other);
                return steps;
            }
        }
    }
}

fn command(rest: &mut &[u8], max: usize) -> Step {
    let (mut joined, mut sequence) = (Vec::new(), 0_u8);
    loop {
        let Some((&[a, b, c, found], body)) = rest.split_first_chunk::<HEADER_LEN>() else {
            return Step::Cut;
        };
        let len = usize::from(a) + usize::from(b) * 256 + usize::from(c) * 65_536;
        if found != sequence {
            return Step::OutOfOrder(sequence, found);
        }
        if joined.len() + len > max {
            return Step::TooLong;
        }
        let Some((frame, tail)) = body.split_at_checked(len) else {
            return Step::Cut;
        };
        joined.extend_from_slice(frame);
        *rest = tail;
        if len < MAX_PAYLOAD {
            return Step::Command(joined);
        }
        sequence = sequence.wrapping_add(1);
    }
}

/// The packets of a login, which lie in one frame each.
fn small_packets(mut rest: &[u8], max: usize) {
    while let Ok(Some((header, payload))) = split_small_packet(rest, max) {
        assert_eq!(PacketHeader::parse(header.to_bytes()), header);
        assert!(payload.len() == header.payload_len && payload.len() <= max);
        rest = &rest[HEADER_LEN + payload.len()..];
    }
}

/// What was read comes back as it was when it is written.
fn written_again(steps: &[Step]) {
    let mut written = Vec::new();
    for step in steps {
        if let Step::Command(command) = step {
            write_packet(&mut written, &mut 0, command);
        }
    }
    let commands = |steps: Vec<Step>| -> Vec<Step> {
        steps
            .into_iter()
            .filter(|step| matches!(step, Step::Command(_)))
            .collect()
    };
    let read = commands(plainly(&written, usize::MAX));
    let before = steps.iter().filter(|step| matches!(step, Step::Command(_)));
    assert!(read.iter().eq(before));
}
