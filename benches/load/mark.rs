//! The mark in a message's text: who sent it, its number among theirs, and when it was due.

/// What a mark begins with; it stands nowhere else in what a server says.
const SIGN: u8 = b'~';
/// How many bytes a mark has.
pub(crate) const LENGTH: usize = 23;

/// What a message tells about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which of its room's posters sent it.
    pub(crate) sender: u8,
    /// Its number among that poster's messages, counted from 0.
    pub(crate) number: u32,
    /// When it was due, in nanoseconds of the load program's clock.
    pub(crate) due: u64,
}

impl Mark {
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

/// Hands over each mark in what a listener got; `kept` holds the beginning of one that was cut, up to the next piece.
pub(crate) fn each(kept: &mut Vec<u8>, mut bytes: &[u8], mut found: impl FnMut(Option<Mark>)) {
    if !kept.is_empty() {
        let missing = (LENGTH - kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..missing]);
        bytes = &bytes[missing..];
        if kept.len() < LENGTH {
            return;
        }
        found(Mark::read(kept));
        kept.clear();
    }
    while let Some(at) = memchr::memchr(SIGN, bytes) {
        let Some(whole) = bytes.get(at..at + LENGTH) else {
            kept.extend_from_slice(&bytes[at..]);
            return;
        };
        found(Mark::read(whole));
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
