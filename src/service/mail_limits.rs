//! Limits of mails, per recipient and per client address (API 3, *Limits*; SEC-176).

use super::Service;
use super::authorization::Caller;
use super::error::{Error, Limit, Result};
use crate::domain::email::EmailAddress;
use crate::domain::short_digest::ShortDigest;

/// What the mails to one address are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecipientKey(ShortDigest);

impl RecipientKey {
    fn new(address: &EmailAddress) -> Self {
        Self(ShortDigest::of(address.as_str()))
    }
}

impl Service {
    /// Charges a mail that the caller asked for to its recipient and to the client's address, whether or not it will be sent.
    pub(super) fn admit_mail(&self, to: &EmailAddress, caller: &Caller) -> Result<()> {
        let (limits, now, from) = (&self.rate_limits, self.now(), caller.charge().address());
        let too_many = |wait| Error::Limit(Limit::Mails, wait);
        limits.mails_from.try_acquire(from, now).map_err(too_many)?;
        limits.mails_to.try_acquire(RecipientKey::new(to), now).map_err(|wait| {
            limits.mails_from.refund(from, now);
            too_many(wait)
        })
    }

    /// Charges a mail that warns the holder of an address. It has a budget of its own: asking for other mails must not suppress the warning.
    pub(super) fn admit_notice(&self, to: &EmailAddress, caller: &Caller) -> Result<()> {
        let (limits, now) = (&self.rate_limits, self.now());
        limits.notices_to.try_acquire(RecipientKey::new(to), now).map_err(|wait| Error::Limit(Limit::Mails, wait))?;
        limits.mails_from.charge(caller.charge().address(), 1, now);
        Ok(())
    }
}
