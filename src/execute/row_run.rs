//! Forwards runs of row packets as bytes; touches nothing but sequence ids.

use crate::protocol::MAX_PAYLOAD;

use super::response::ResultLimits;

/// Where a row run stands between two reads from the backend.
#[derive(Debug, Default)]
pub(super) struct RowRun {
    /// Bytes of the current frame that have not come yet.
    remaining: usize,
    /// The next frame continues a packet of 16 MiB or more.
    is_continued: bool,
    /// Rows seen.
    pub(super) rows: u64,
    /// Bytes of their packets.
    bytes: u64,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes are needed.
    Starved,
    /// The next packet ends the result: OK, EOF or ERR; it is still in the buffer.
    Terminal,
    /// The next row would be more than the limits allow; it is still in the buffer.
    TooLarge,
}

const HEADER: usize = 4;
/// A row is never shorter than one lenenc byte and never starts with this.
pub(super) const ERR: u8 = 0xFF;
/// First byte of EOF and of OK-as-EOF; also a lenenc of 8 bytes, but such a row fills a frame.
pub(super) const EOF: u8 = 0xFE;

impl RowRun {
    /// Whether no row is under way, so that another packet may follow.
    pub(super) fn is_between_rows(&self) -> bool {
        self.remaining == 0 && !self.is_continued
    }

    /// Appends as much of `input` as belongs to rows to `out`, with sequence ids counted on from `sequence`.
    /// Returns how many bytes were taken and why it stopped. A row above `limits` is not begun: an error cannot stand
    /// inside of one.
    pub(super) fn forward(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        sequence: &mut u8,
        limits: ResultLimits,
    ) -> (usize, Stop) {
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            if self.remaining > 0 {
                let taken = self.remaining.min(rest.len());
                out.extend_from_slice(rest.get(..taken).unwrap_or_default());
                self.remaining -= taken;
                at += taken;
                if self.remaining > 0 {
                    return (at, Stop::Starved);
                }
                continue;
            }
            let Some((&[a, b, c, _], body)) = rest.split_first_chunk::<HEADER>() else {
                return (at, Stop::Starved);
            };
            let len = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
            let bytes = self.bytes.saturating_add((HEADER + len) as u64);
            if !self.is_continued {
                match body.first() {
                    None if len > 0 => return (at, Stop::Starved),
                    Some(&ERR) if len > 0 => return (at, Stop::Terminal),
                    Some(&EOF) if len > 0 && len < MAX_PAYLOAD => return (at, Stop::Terminal),
                    _ if self.rows >= limits.rows || bytes > limits.bytes => {
                        return (at, Stop::TooLarge);
                    }
                    _ => self.rows += 1,
                }
            }
            self.bytes = bytes;
            out.extend_from_slice(&[a, b, c, *sequence]);
            *sequence = sequence.wrapping_add(1);
            self.is_continued = len == MAX_PAYLOAD;
            self.remaining = len;
            at += HEADER;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: ResultLimits = ResultLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
    };

    fn frame(sequence: u8, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(payload.len()).unwrap().to_le_bytes();
        let mut bytes = vec![len[0], len[1], len[2], sequence];
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn rows_are_renumbered_and_the_end_is_left() {
        let mut input = frame(7, b"\x011");
        input.extend(frame(8, b"\x012"));
        input.extend(frame(9, b"\xfe\0\0\x02\0\0\0"));
        let (mut out, mut sequence, mut run) = (Vec::new(), 4, RowRun::default());
        let (taken, stop) = run.forward(&input, &mut out, &mut sequence, ANY);
        assert_eq!((stop, run.rows, sequence), (Stop::Terminal, 2, 6));
        assert_eq!(input[taken..], frame(9, b"\xfe\0\0\x02\0\0\0"));
        assert_eq!(out, [frame(4, b"\x011"), frame(5, b"\x012")].concat());
    }

    #[test]
    fn a_row_cut_at_every_byte_comes_out_the_same() {
        let mut input = frame(1, b"\x03abc");
        input.extend(frame(2, b"\xfb"));
        let whole = input.clone();
        for cut in 0..whole.len() {
            let (mut out, mut sequence, mut run) = (Vec::new(), 1, RowRun::default());
            let (taken, _) = run.forward(&whole[..cut], &mut out, &mut sequence, ANY);
            let (_, stop) = run.forward(&whole[taken..], &mut out, &mut sequence, ANY);
            assert_eq!(stop, Stop::Starved);
            assert_eq!(out, whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_packet_of_several_frames_is_one_row_whatever_its_bytes() {
        let mut big = vec![0xFE; MAX_PAYLOAD];
        big[0] = 0xFD;
        let mut input = frame(1, &big);
        input.extend(frame(2, b"\xff\xff"));
        input.extend(frame(3, b"\xfe\0\0\0\0\0\0"));
        let (mut out, mut sequence, mut run) = (Vec::new(), 1, RowRun::default());
        let (_, stop) = run.forward(&input, &mut out, &mut sequence, ANY);
        assert_eq!((stop, run.rows, sequence), (Stop::Terminal, 1, 3));
    }

    #[test]
    fn a_row_above_the_limits_is_not_begun() {
        let input = [frame(1, b"\x03abc"), frame(2, b"\x03def")].concat();
        for limits in [
            ResultLimits { rows: 1, ..ANY },
            ResultLimits { bytes: 15, ..ANY },
        ] {
            let (mut out, mut sequence, mut run) = (Vec::new(), 1, RowRun::default());
            let (taken, _) = run.forward(&input[..6], &mut out, &mut sequence, limits);
            assert!(!run.is_between_rows());
            let (_, stop) = run.forward(&input[taken..], &mut out, &mut sequence, limits);
            assert!(run.is_between_rows());
            assert_eq!((stop, run.rows, out.len()), (Stop::TooLarge, 1, 8));
        }
    }
}
