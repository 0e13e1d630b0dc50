//! A number in one log, and how it goes on from there: from the room's tail, or from the store.

use bytes::Bytes;

use super::Service;
use super::error::Result;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::id::Epoch;
use crate::live::Listener;
use crate::live::frame::Frame;
use crate::live::room::{Batch, Glance, Reader, Whereabouts, first_of};

/// How many entries are read from the store at once.
const ENTRIES: usize = 64;
/// When no log's time is up.
const NOT_UP: Timestamp = Timestamp::from_millis(i64::MIN);

/// What a cursor comes to next.
#[derive(Debug)]
pub(super) enum Step<T> {
    /// Nothing, for now.
    Wait,
    /// This.
    Next(T),
    /// Entries that are no longer kept, both ends included.
    Gap(u64, u64),
    /// The end of the log.
    Ended(End),
}

/// Where what follows can be had.
enum Source {
    Room,
    Store(Vec<Frame>),
}

/// A listener's place in one log.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) listener: Listener,
    pub(super) at: u64,
}

impl Cursor {
    /// What follows for somebody who listens to this log alone, in one piece, and whether their stream ends with it; `None` where only the store knows.
    pub(super) fn at_hand(&mut self, service: &Service, now: Timestamp, epoch: Epoch, reader: Reader) -> Option<Step<(Bytes, bool)>> {
        match self.listener.room().glance(self.at, epoch, reader, now) {
            Glance::Has(batch) => Some(self.takes(service, batch)),
            Glance::Away(Whereabouts::AtHead) => Some(Step::Wait),
            Glance::Away(Whereabouts::Ended(end)) => Some(Step::Ended(end)),
            Glance::Away(_) | Glance::Due => None,
        }
    }

    /// The same, wherever it is; that the time is not up is known.
    pub(super) async fn next_batch(&mut self, service: &Service, epoch: Epoch, reader: Reader) -> Result<Step<(Bytes, bool)>> {
        loop {
            if let Some(step) = self.at_hand(service, NOT_UP, epoch, reader) {
                return Ok(step);
            }
            match self.source(service).await? {
                Step::Next(Source::Room) => {}
                Step::Next(Source::Store(frames)) => {
                    if let Some(batch) = Batch::of(service.live.render(), epoch, reader, frames.iter()) {
                        return Ok(self.takes(service, batch));
                    }
                }
                Step::Wait => return Ok(Step::Wait),
                Step::Gap(from, to) => return Ok(Step::Gap(from, to)),
                Step::Ended(end) => return Ok(Step::Ended(end)),
            }
        }
    }

    fn takes(&mut self, service: &Service, batch: Batch) -> Step<(Bytes, bool)> {
        service.figures().deliveries.add(batch.last - self.at);
        self.at = batch.last;
        Step::Next((batch.bytes, batch.ends))
    }

    /// What follows for somebody who listens to two logs, frame by frame.
    pub(super) async fn next_frames(&mut self, service: &Service) -> Result<Step<Vec<Frame>>> {
        loop {
            let frames = match self.source(service).await? {
                Step::Next(Source::Room) => self.listener.room().frames(self.at),
                Step::Next(Source::Store(frames)) => Some(frames),
                Step::Wait => return Ok(Step::Wait),
                Step::Gap(from, to) => return Ok(Step::Gap(from, to)),
                Step::Ended(end) => return Ok(Step::Ended(end)),
            };
            if let Some(frames) = frames {
                service.figures().deliveries.add(frames.len() as u64);
                self.at = frames.last().map_or(self.at, |frame| frame.number);
                return Ok(Step::Next(frames));
            }
        }
    }

    async fn source(&mut self, service: &Service) -> Result<Step<Source>> {
        match self.listener.room().whereabouts(self.at) {
            Whereabouts::AtHead => Ok(Step::Wait),
            Whereabouts::InTail => Ok(Step::Next(Source::Room)),
            Whereabouts::Ended(end) => Ok(Step::Ended(end)),
            Whereabouts::Before => self.read(service).await,
            Whereabouts::AtEdge => {
                let _alone = self.listener.room().edge().await;
                if self.listener.room().whereabouts(self.at) != Whereabouts::AtEdge {
                    return Ok(Step::Next(Source::Room));
                }
                self.read(service).await
            }
        }
    }

    /// Reads from the store; the room's tail takes what belongs into it.
    async fn read(&self, service: &Service) -> Result<Step<Source>> {
        let (room, now) = (self.listener.room(), service.now());
        let Some(slice) = service.store.entries_after(room.topic(), self.at, ENTRIES, now).await? else {
            return Ok(Step::Ended(if now >= room.expires_at() { End::Expired } else { End::Closed }));
        };
        if slice.oldest > self.at + 1 {
            room.skip(slice.oldest - 1);
            return Ok(Step::Gap(self.at + 1, slice.oldest - 1));
        }
        if slice.entries.is_empty() {
            return Ok(Step::Wait);
        }
        let frames = first_of(slice.entries.iter().map(|entry| service.live.frame(room.topic(), entry)));
        room.fill(&frames);
        Ok(Step::Next(Source::Store(frames)))
    }
}
