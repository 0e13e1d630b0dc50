//! The payload in a message's text: sender, number, and due time.

/// The first byte of a payload, which occurs nowhere else in a server's output.
const SIGN: u8 = b'~';
/// The length of a payload in bytes.
pub(crate) const LENGTH: usize = 23;

/// The payload of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// The index of its publisher within the chat.
    pub(crate) sender: u8,
    /// Its number among that publisher's messages, from 0.
    pub(crate) number: u32,
    /// When it was due, in nanoseconds of the load program's clock.
    pub(crate) due: u64,
}

impl Payload {
    /// Writes it into the first [`LENGTH`] bytes.
    pub(crate) fn write(self, out: &mut [u8]) {
        out[0] = SIGN;
        hex(u64::from(self.sender), &mut out[1..3]);
        hex(u64::from(self.number), &mut out[3..11]);
        hex(self.due, &mut out[11..LENGTH]);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let sender = u8::try_from(number(&bytes[1..3])?).ok()?;
        let own = u32::try_from(number(&bytes[3..11])?).ok()?;
        Some(Self { sender, number: own, due: number(&bytes[11..LENGTH])? })
    }
}

/// Passes each payload in received bytes to `found`; `kept` holds the beginning of an incomplete one until the next read.
pub(crate) fn each(kept: &mut Vec<u8>, mut bytes: &[u8], mut found: impl FnMut(Option<Payload>)) {
    if !kept.is_empty() {
        let missing = (LENGTH - kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..missing]);
        bytes = &bytes[missing..];
        if kept.len() < LENGTH {
            return;
        }
        found(Payload::read(kept));
        kept.clear();
    }
    while let Some(at) = memchr::memchr(SIGN, bytes) {
        let Some(whole) = bytes.get(at..at + LENGTH) else {
            kept.extend_from_slice(&bytes[at..]);
            return;
        };
        found(Payload::read(whole));
        bytes = &bytes[at + LENGTH..];
    }
}

fn hex(mut value: u64, out: &mut [u8]) {
    for digit in out.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((value << 4) | u64::from(digit))
    })
}
