//! A read position in one log that advances from the room's tail, or from the store.

use bytes::Bytes;

use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::hub::Subscription;
use crate::hub::frame::{Frame, IdPrefix};
use crate::hub::room::{Batch, TailPosition, first_of};
use crate::hub::viewer::{StreamFate, Viewer};
use crate::service::Service;
use crate::service::chats::LogName;
use crate::service::error::Result;

/// Entries read from the store in one call.
const MAX_ENTRIES: usize = 64;
/// A time at which no log has expired.
const NEVER_EXPIRED: Timestamp = Timestamp::from_millis(i64::MIN);

/// The next step of a cursor.
#[derive(Debug)]
pub(in crate::service) enum Step<T> {
    /// Nothing is available yet.
    Wait,
    /// The next item.
    Next(T),
    /// A range of entries of a log that are no longer kept, inclusive.
    Gap(LogName, u64, u64),
    /// The log has ended.
    Ended(EndReason),
}

/// Where the next entries are available.
enum Source {
    Room,
    Store(Vec<Frame>),
}

/// A stream's position in one log: the sequence number delivered last.
#[derive(Debug)]
pub(in crate::service) struct Cursor {
    pub(in crate::service) subscription: Subscription,
    pub(in crate::service) at: u64,
}

impl Cursor {
    /// Returns the next encoded batch for a stream of this log only, and what becomes of the stream after it. Returns `None` if the store must be read.
    pub(in crate::service) fn read_tail(
        &mut self,
        service: &Service,
        now: Timestamp,
        prefix: IdPrefix,
        reader: Viewer,
    ) -> Option<Step<(Bytes, StreamFate)>> {
        match self.subscription.room().next_batch(self.at, prefix, reader, now) {
            Ok(batch) => Some(self.advance(service, batch)),
            Err(TailPosition::AtHead) => Some(Step::Wait),
            Err(TailPosition::Ended(end)) => Some(Step::Ended(end)),
            Err(TailPosition::InTail | TailPosition::AtEdge | TailPosition::Before) => None,
        }
    }

    /// Returns the next batch from the tail or the store. The caller has checked that the log has not expired.
    pub(in crate::service) async fn next_batch(&mut self, service: &Service, prefix: IdPrefix, reader: Viewer) -> Result<Step<(Bytes, StreamFate)>> {
        loop {
            if let Some(step) = self.read_tail(service, NEVER_EXPIRED, prefix, reader) {
                return Ok(step);
            }
            match self.source(service).await? {
                Step::Next(Source::Room) => {}
                Step::Next(Source::Store(frames)) => {
                    if let Some(batch) = Batch::of(service.hub.render(), prefix, reader, frames.iter()) {
                        return Ok(self.advance(service, batch));
                    }
                }
                Step::Wait => return Ok(Step::Wait),
                Step::Gap(log, from, to) => {
                    self.at = to;
                    return Ok(Step::Gap(log, from, to));
                }
                Step::Ended(end) => return Ok(Step::Ended(end)),
            }
        }
    }

    fn advance(&mut self, service: &Service, batch: Batch) -> Step<(Bytes, StreamFate)> {
        service.counters().deliveries.add(batch.last - self.at);
        self.at = batch.last;
        Step::Next((batch.bytes, batch.fate))
    }

    /// Returns the next frames for a stream that merges two logs, up to one after which the viewer's stream does not go on as before.
    pub(in crate::service) async fn next_frames(&mut self, service: &Service, viewer: Viewer) -> Result<Step<Vec<Frame>>> {
        loop {
            let frames = match self.source(service).await? {
                Step::Next(Source::Room) => self.subscription.room().frames(self.at),
                Step::Next(Source::Store(frames)) => Some(frames),
                Step::Wait => return Ok(Step::Wait),
                Step::Gap(log, from, to) => return Ok(Step::Gap(log, from, to)),
                Step::Ended(end) => return Ok(Step::Ended(end)),
            };
            if let Some(mut frames) = frames {
                let last = frames.iter().position(|frame| viewer.ends_with(frame));
                frames.truncate(last.map_or(frames.len(), |last| last + 1));
                service.counters().deliveries.add(frames.len() as u64);
                self.at = frames.last().map_or(self.at, |frame| frame.seq);
                return Ok(Step::Next(frames));
            }
        }
    }

    async fn source(&mut self, service: &Service) -> Result<Step<Source>> {
        match self.subscription.room().locate(self.at) {
            TailPosition::AtHead => Ok(Step::Wait),
            TailPosition::InTail => Ok(Step::Next(Source::Room)),
            TailPosition::Ended(end) => Ok(Step::Ended(end)),
            TailPosition::Before => self.read(service).await,
            TailPosition::AtEdge => {
                let _guard = self.subscription.room().single_flight().await;
                if self.subscription.room().locate(self.at) != TailPosition::AtEdge {
                    return Ok(Step::Next(Source::Room));
                }
                self.read(service).await
            }
        }
    }

    /// Reads from the store, and backfills the room's tail.
    async fn read(&self, service: &Service) -> Result<Step<Source>> {
        let (room, now) = (self.subscription.room(), service.now());
        let Some(batch) = service.store.entries_after(room.topic(), self.at, MAX_ENTRIES, now).await? else {
            return Ok(Step::Ended(if now >= room.expires_at() { EndReason::Expired } else { EndReason::Closed }));
        };
        if batch.oldest > self.at + 1 {
            room.forget_before(batch.oldest - 1);
            let log = if matches!(room.topic(), Topic::Door(_)) { LogName::Door } else { LogName::Chat };
            return Ok(Step::Gap(log, self.at + 1, batch.oldest - 1));
        }
        if batch.entries.is_empty() {
            return Ok(Step::Wait);
        }
        let frames = first_of(batch.entries.iter().map(|entry| service.hub.frame(room.topic(), entry)));
        room.backfill(&frames);
        Ok(Step::Next(Source::Store(frames)))
    }
}
