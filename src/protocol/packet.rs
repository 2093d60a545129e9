//! Packet headers, and payloads split into frames of at most 16 MiB.

use super::error::ProtocolError;

/// The largest payload of one frame; one of exactly this length is continued by the next frame.
pub const MAX_PAYLOAD: usize = 0xFF_FFFF;

/// Bytes of a packet header.
pub const HEADER_LEN: usize = 4;

/// The four bytes in front of every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketHeader {
    /// Length of the payload behind the header, at most [`MAX_PAYLOAD`].
    pub payload_len: usize,
    /// The sequence id; counts frames within a command and wraps at 255.
    pub sequence: u8,
}

impl PacketHeader {
    /// Reads a header.
    #[must_use]
    pub fn parse([a, b, c, sequence]: [u8; HEADER_LEN]) -> Self {
        Self {
            payload_len: usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16,
            sequence,
        }
    }

    /// Reads the header at the start of `bytes`; `None` while fewer than four bytes are there.
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self::parse)
    }

    /// The header's bytes. The length must not exceed [`MAX_PAYLOAD`]; higher bits are dropped.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [a, b, c, ..] = self.payload_len.to_le_bytes();
        [a, b, c, self.sequence]
    }

    /// Whether the next frame continues this packet.
    #[must_use]
    pub fn is_continued(self) -> bool {
        self.payload_len == MAX_PAYLOAD
    }
}

/// Appends `payload` as one packet, in as many frames as it needs, and moves `sequence` on.
///
/// A payload whose length is a multiple of [`MAX_PAYLOAD`] ends with an empty frame.
pub fn write_packet(out: &mut Vec<u8>, sequence: &mut u8, payload: &[u8]) {
    let mut rest = payload;
    loop {
        let (frame, tail) = rest.split_at(rest.len().min(MAX_PAYLOAD));
        let header = PacketHeader {
            payload_len: frame.len(),
            sequence: *sequence,
        };
        out.extend_from_slice(&header.to_bytes());
        out.extend_from_slice(frame);
        *sequence = sequence.wrapping_add(1);
        rest = tail;
        if !header.is_continued() {
            return;
        }
    }
}

/// Appends what `write` appends as one packet, without a buffer of its own in between.
pub fn write_packet_with(out: &mut Vec<u8>, sequence: &mut u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    let body = out.len();
    write(out);
    let payload_len = out.len().saturating_sub(body);
    if payload_len >= MAX_PAYLOAD {
        let payload = out.split_off(body);
        out.truncate(start);
        write_packet(out, sequence, &payload);
        return;
    }
    let header = PacketHeader {
        payload_len,
        sequence: *sequence,
    };
    if let Some(place) = out.get_mut(start..body) {
        place.copy_from_slice(&header.to_bytes());
    }
    *sequence = sequence.wrapping_add(1);
}

/// Takes the first whole packet from `bytes`, if it lies in one frame: its header, its payload,
/// and the bytes behind it. `Ok(None)` while it is incomplete.
///
/// # Errors
/// [`ProtocolError::Malformed`] for a payload over `max`, or one that continues in another frame:
/// for handshakes, which have no such packets.
pub fn split_small_packet(
    bytes: &[u8],
    max: usize,
) -> Result<Option<(PacketHeader, &[u8])>, ProtocolError> {
    let Some(header) = PacketHeader::peek(bytes) else {
        return Ok(None);
    };
    if header.payload_len > max || header.is_continued() {
        return Err(ProtocolError::Malformed(
            "a packet is larger than allowed at this place",
        ));
    }
    let end = HEADER_LEN + header.payload_len;
    Ok(bytes.get(HEADER_LEN..end).map(|payload| (header, payload)))
}

/// Appends a length-encoded integer.
pub fn write_lenenc_int(out: &mut Vec<u8>, value: u64) {
    // nearly all are short
    if let Ok(small @ 0..=0xFA) = u8::try_from(value) {
        out.push(small);
        return;
    }
    let bytes = value.to_le_bytes();
    let (mark, width) = match value {
        0..=0xFA => (None, 1),
        0xFB..=0xFFFF => (Some(0xFC), 2),
        0x1_0000..=0xFF_FFFF => (Some(0xFD), 3),
        _ => (Some(0xFE), 8),
    };
    out.extend(mark);
    out.extend(bytes.iter().take(width));
}

/// Appends a length-encoded string.
pub fn write_lenenc_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_lenenc_int(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reader;

    #[test]
    fn a_small_payload_is_one_frame() {
        let (mut out, mut sequence) = (Vec::new(), 255);
        write_packet(&mut out, &mut sequence, b"abc");
        assert_eq!(out, b"\x03\0\0\xFFabc");
        assert_eq!(sequence, 0);
    }

    #[test]
    fn an_empty_payload_is_a_frame_without_bytes() {
        let (mut out, mut sequence) = (Vec::new(), 1);
        write_packet(&mut out, &mut sequence, b"");
        assert_eq!(out, b"\0\0\0\x01");
    }

    #[test]
    fn a_multiple_of_16_mib_ends_with_an_empty_frame() {
        for (len, frames) in [(MAX_PAYLOAD - 1, 1), (MAX_PAYLOAD, 2), (MAX_PAYLOAD + 1, 2)] {
            let (mut out, mut sequence) = (Vec::new(), 0);
            write_packet(&mut out, &mut sequence, &vec![7; len]);
            assert_eq!(usize::from(sequence), frames);
            assert_eq!(out.len(), len + frames * HEADER_LEN);
        }
    }

    #[test]
    fn a_packet_written_in_place_is_that_of_its_payload() {
        for len in [0, 7, MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 3] {
            let payload = vec![1; len];
            let (mut whole, mut at) = (b"before".to_vec(), 254);
            write_packet(&mut whole, &mut at, &payload);
            let (mut out, mut sequence) = (b"before".to_vec(), 254);
            write_packet_with(&mut out, &mut sequence, |out| {
                out.extend_from_slice(&payload);
            });
            assert!(out == whole && sequence == at, "{len}");
        }
    }

    #[test]
    fn pipelined_packets_are_split_one_by_one() {
        let bytes = b"\x01\0\0\0\x0e\x01\0\0\0\x01tail";
        let (header, payload) = split_small_packet(bytes, 100).unwrap().unwrap();
        assert_eq!((header.sequence, payload), (0, &b"\x0e"[..]));
        let (_, payload) = split_small_packet(&bytes[5..], 100).unwrap().unwrap();
        assert_eq!(payload, b"\x01");
        assert_eq!(split_small_packet(b"\x05\0\0\0ab", 100), Ok(None));
        assert!(split_small_packet(b"\xFF\xFF\xFF\0", 1 << 30).is_err());
        assert!(split_small_packet(b"\x65\0\0\0", 100).is_err());
    }

    #[test]
    fn lenenc_integers_come_back_as_written() {
        for value in [
            0,
            250,
            251,
            0xFFFF,
            0x1_0000,
            0xFF_FFFF,
            0x100_0000,
            u64::MAX,
        ] {
            let mut out = Vec::new();
            write_lenenc_int(&mut out, value);
            let mut reader = Reader::new(&out);
            assert_eq!(reader.lenenc_int(), Ok(value));
            assert!(reader.is_empty());
        }
    }
}
