//! A server's response is followed packet by packet, whatever its bytes.

use shardgate::protocol::{
    BinaryRows, Capabilities, ColumnDefinition, ColumnSource, ErrPacket, Event, FrameKind,
    HEADER_LEN, MAX_PAYLOAD, OkPacket, PacketHeader, Reader, ResponseScanner, StatusFlags,
};

/// The first byte chooses the command that is answered; the rest are the server's frames.
///
/// A full frame of 16 MiB cannot be in an input: one that announces it has as many bytes as its sequence id says.
pub fn check(input: &[u8]) {
    let Some((&command, mut rest)) = input.split_first() else {
        return;
    };
    let mut scanner = match command % 4 {
        0 => ResponseScanner::new(),
        1 => ResponseScanner::field_list(),
        2 => ResponseScanner::prepare(),
        _ => ResponseScanner::fetch(),
    };
    let mut rows = BinaryRows::default();
    while let Some(header) = PacketHeader::peek(rest) {
        let behind = &rest[HEADER_LEN..];
        let wanted = if header.is_continued() {
            header.sequence.into()
        } else {
            header.payload_len
        };
        let (payload, tail) = behind.split_at(wanted.min(behind.len()));
        if !frame(&mut scanner, &mut rows, header.payload_len, payload) {
            return;
        }
        rest = tail;
    }
}

/// Whether the response goes on.
fn frame(scanner: &mut ResponseScanner, rows: &mut BinaryRows, len: usize, payload: &[u8]) -> bool {
    let was_done = scanner.is_done();
    let kind = scanner.classify(len, payload.first().copied());
    let event = scanner.advance(len, payload);
    let (Ok(kind), Ok(event)) = (kind, &event) else {
        assert!(event.is_err(), "what is no packet says nothing");
        return false;
    };
    assert!(!was_done, "nothing follows the end");
    assert!(
        !kind.is_whole() || payload.len() == len,
        "half a packet is not understood"
    );
    assert_eq!(kind, kind_of(event));
    let is_end = match event {
        Event::Ok(ok) | Event::End(ok) => {
            ok_comes_back(ok);
            !ok.status.contains(StatusFlags::MORE_RESULTS)
        }
        Event::Err(err) => {
            err_comes_back(err);
            true
        }
        Event::Prepared(ok) => ok.columns == 0 && ok.params == 0,
        Event::Column => {
            column(payload);
            let _ = rows.push_definition(payload);
            scanner.is_done()
        }
        Event::Row => {
            row(payload);
            binary(rows, payload);
            false
        }
        Event::Continuation => scanner.is_done(),
        Event::ColumnCount(_) => {
            rows.clear();
            false
        }
        Event::LocalInfile(_) => false,
    };
    assert_eq!(scanner.is_done(), is_end && len < MAX_PAYLOAD);
    true
}

fn kind_of(event: &Event) -> FrameKind {
    match event {
        Event::Ok(_) => FrameKind::Ok,
        Event::Err(_) => FrameKind::Err,
        Event::ColumnCount(_) => FrameKind::ColumnCount,
        Event::Prepared(_) => FrameKind::Prepared,
        Event::Column => FrameKind::Column,
        Event::Row => FrameKind::Row,
        Event::Continuation => FrameKind::Continuation,
        Event::End(_) => FrameKind::End,
        Event::LocalInfile(_) => FrameKind::LocalInfile,
    }
}

fn ok_comes_back(ok: &OkPacket) {
    let mut told = ok.clone();
    told.changes.clear();
    told.status.remove(StatusFlags::SESSION_STATE_CHANGED);
    for write in [OkPacket::write, OkPacket::write_as_eof] {
        let mut payload = Vec::new();
        write(ok, &mut payload);
        assert_eq!(
            OkPacket::parse(&payload, Capabilities::NONE).as_ref(),
            Ok(&told)
        );
    }
}

fn err_comes_back(err: &ErrPacket) {
    let mut payload = Vec::new();
    err.write(&mut payload);
    assert_eq!(ErrPacket::parse(&payload).as_ref(), Ok(err));
}

fn column(payload: &[u8]) {
    if let Ok(definition) = ColumnDefinition::parse(payload) {
        let mut written = Vec::new();
        definition.write(&mut written);
        assert_eq!(ColumnDefinition::parse(&written), Ok(definition));
    }
    if let Ok(source) = ColumnSource::parse(payload) {
        let mut written = Vec::new();
        source.write(&mut written);
        assert_eq!(ColumnSource::parse(&written), Ok(source));
    }
}

fn row(payload: &[u8]) {
    let mut reader = Reader::new(payload);
    while !reader.is_empty() && reader.text_value().is_ok() {}
}

/// A text row becomes one whole packet, or nothing.
fn binary(rows: &BinaryRows, payload: &[u8]) {
    let (mut out, mut sequence) = (vec![7; 3], 255);
    match rows.write_row(payload, &mut out, &mut sequence) {
        Ok(()) => {
            let header = PacketHeader::peek(&out[3..]).expect("a header");
            assert_eq!((header.sequence, sequence), (255, 0));
            assert_eq!(header.payload_len, out.len() - 3 - HEADER_LEN);
        }
        Err(_) => assert_eq!((out, sequence), (vec![7; 3], 255)),
    }
}
