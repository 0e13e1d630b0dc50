//! Who belongs to which crowd: coming, stepping aside, leaving.

use super::Writer;
use super::bell::{Bell, For};
use super::crowd::Crowd;
use super::slot::{Among, Slot, Taken};
use crate::domain::entry::Topic;

impl Writer {
    /// The crowd of a log, which is made where there is none.
    pub(super) fn crowd(&mut self, topic: Topic, taken: &Taken) -> Option<u32> {
        if let Some(crowd) = self.by_topic.get(&topic) {
            return Some(*crowd);
        }
        let bell = Bell::new(For::Crowd(self.crowds.next()), &self.bells);
        let mut crowd = Crowd::new(topic, taken.listening.waker()?, bell);
        crowd.rang();
        let number = self.crowds.put(crowd);
        self.by_topic.insert(topic, number);
        Some(number)
    }

    /// Whoever takes in nothing is not visited at each news: it looks for itself when it is there again.
    pub(super) fn keeps_up(&mut self, number: u32) {
        let Some(slot) = self.slots.get(number) else { return };
        let behind = slot.is_behind();
        let Some(among) = &mut slot.among else { return };
        let Some(crowd) = self.crowds.get(among.crowd) else { return };
        match among.place {
            Some(place) if behind => {
                among.place = None;
                let other = crowd.step_aside(place);
                self.moves_up(other, place);
            }
            None if !behind => {
                crowd.is_back();
                among.place = Some(crowd.join(number));
            }
            _ => {}
        }
    }

    /// One of a crowd stands where another stood.
    fn moves_up(&mut self, slot: Option<u32>, place: u32) {
        if let Some(among) = slot.and_then(|slot| self.slots.get(slot)).and_then(|slot| slot.among.as_mut()) {
            among.place = Some(place);
        }
    }

    /// Takes a slot away, and its crowd if it was the last of it.
    pub(super) fn leaves(&mut self, number: u32) -> Option<Slot> {
        let slot = self.slots.take(number)?;
        slot.alarm.map(|until| self.alarms.remove(&(until, number)));
        if let Some(Among { crowd: at, place }) = slot.among
            && let Some(crowd) = self.crowds.get(at)
        {
            match place {
                Some(place) => {
                    let other = crowd.leave(place);
                    self.moves_up(other, place);
                }
                None => crowd.is_back(),
            }
            self.closes(at);
        }
        Some(*slot)
    }

    /// Gives up a crowd to which nobody belongs any more.
    fn closes(&mut self, at: u32) {
        let Some(crowd) = self.crowds.get(at).filter(|crowd| crowd.is_empty()) else { return };
        self.by_topic.remove(&crowd.topic);
        self.busy.retain(|busy| *busy != at);
        self.crowds.take(at);
    }
}
