//! A checked cursor over one packet's payload.

use super::error::ProtocolError;

/// Reads fields from a payload; every read fails with [`ProtocolError::Malformed`] instead of
/// running past the end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `payload`.
    #[must_use]
    pub fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// What has not been read yet, without moving.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, ProtocolError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, little-endian.
    pub fn u16(&mut self) -> Result<u16, ProtocolError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Three bytes, little-endian.
    pub fn u24(&mut self) -> Result<u32, ProtocolError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self) -> Result<u32, ProtocolError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self) -> Result<u64, ProtocolError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length-encoded integer; NULL (`0xFB`) and the error mark (`0xFF`) are none.
    pub fn lenenc_int(&mut self) -> Result<u64, ProtocolError> {
        match self.u8()? {
            0xFB | 0xFF => Err(ProtocolError::Malformed("not a length-encoded integer")),
            0xFC => self.u16().map(u64::from),
            0xFD => self.u24().map(u64::from),
            0xFE => self.u64(),
            small => Ok(u64::from(small)),
        }
    }

    /// A length-encoded string.
    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8], ProtocolError> {
        let len = self.lenenc_int()?;
        let len = usize::try_from(len)
            .map_err(|_| ProtocolError::Malformed("a string is longer than memory"))?;
        self.bytes(len)
    }

    /// A value of a text row: `None` is NULL.
    pub fn text_value(&mut self) -> Result<Option<&'a [u8]>, ProtocolError> {
        if self.rest.first() == Some(&0xFB) {
            self.u8()?;
            return Ok(None);
        }
        self.lenenc_bytes().map(Some)
    }

    /// Bytes up to a NUL, which is taken too.
    pub fn nul_bytes(&mut self) -> Result<&'a [u8], ProtocolError> {
        let end = self
            .rest
            .iter()
            .position(|&byte| byte == 0)
            .ok_or(ProtocolError::Malformed(
                "a string lacks its terminating NUL",
            ))?;
        let text = self.bytes(end)?;
        self.u8()?;
        Ok(text)
    }

    /// Bytes up to a NUL, or up to the end where a peer leaves the last NUL out.
    pub fn nul_or_rest(&mut self) -> &'a [u8] {
        self.nul_bytes().unwrap_or_else(|_| self.rest())
    }

    /// Exactly `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], ProtocolError> {
        let (head, tail) = self
            .rest
            .split_at_checked(len)
            .ok_or(ProtocolError::Malformed(
                "a field runs past the end of its packet",
            ))?;
        self.rest = tail;
        Ok(head)
    }

    /// Exactly `N` bytes by value.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ProtocolError> {
        let (head, tail) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(ProtocolError::Malformed(
                "a field runs past the end of its packet",
            ))?;
        self.rest = tail;
        Ok(*head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenenc_integers_of_each_width_are_read() {
        let cases: [(&[u8], u64); 4] = [
            (&[0xFA], 250),
            (&[0xFC, 0x01, 0x02], 0x0201),
            (&[0xFD, 1, 2, 3], 0x03_0201),
            (&[0xFE, 1, 0, 0, 0, 0, 0, 0, 0x80], 0x8000_0000_0000_0001),
        ];
        for (bytes, value) in cases {
            assert_eq!(Reader::new(bytes).lenenc_int(), Ok(value));
        }
        for bytes in [&[0xFB_u8][..], &[0xFF], &[0xFC, 1], &[]] {
            assert!(Reader::new(bytes).lenenc_int().is_err());
        }
    }

    #[test]
    fn a_length_beyond_the_packet_is_malformed() {
        let huge = [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, b'x'];
        assert!(Reader::new(&huge).lenenc_bytes().is_err());
        assert!(Reader::new(&[5, b'a']).lenenc_bytes().is_err());
    }

    #[test]
    fn a_string_without_nul_is_malformed_or_the_rest() {
        assert!(Reader::new(b"abc").nul_bytes().is_err());
        assert_eq!(Reader::new(b"abc").nul_or_rest(), b"abc");
        let mut reader = Reader::new(b"ab\0c");
        assert_eq!(reader.nul_or_rest(), b"ab");
        assert_eq!(reader.rest(), b"c");
    }
}
