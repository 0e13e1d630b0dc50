//! Membership of subscribers in the groups of a writer: joining, lagging, leaving.

use super::group::TopicGroup;
use super::subscriber::{GroupIndex, HandedOver, Subscriber};
use super::wake_queue::{WakeHandle, WakeTarget};
use super::writer::{Writer, key};
use crate::domain::event_log::Topic;

impl Writer {
    /// The key of a topic's group, which is created for its first subscriber.
    pub(super) fn group_for(&mut self, topic: Topic, stream: &HandedOver) -> Option<u32> {
        if let Some(group) = self.by_topic.get(&topic) {
            return Some(*group);
        }
        let group = key(self.groups.vacant_key());
        let wake_handle = WakeHandle::new(WakeTarget::Group(group), &self.wake_queue);
        let mut created = TopicGroup::new(topic, stream.source.waker()?, wake_handle);
        created.poll_updates();
        self.groups.insert(created);
        self.by_topic.insert(topic, group);
        Some(group)
    }

    /// Removes a subscriber with pending output from its group's visits, and adds it again when it has caught up.
    pub(super) fn rejoin_or_lag(&mut self, subscriber: u32) {
        let Some(found) = self.subscribers.get_mut(subscriber as usize) else { return };
        let is_lagging = found.is_lagging();
        let Some(index) = &mut found.group else { return };
        let Some(group) = self.groups.get_mut(index.group as usize) else { return };
        match index.member {
            Some(member) if is_lagging => {
                index.member = None;
                let moved = group.set_lagging(member);
                self.update_index(moved, member);
            }
            None if !is_lagging => {
                group.set_caught_up();
                index.member = Some(group.join(subscriber));
            }
            _ => {}
        }
    }

    /// Stores the new index of a subscriber that took another one's place in its group.
    fn update_index(&mut self, moved: Option<u32>, member: u32) {
        let moved = moved.and_then(|subscriber| self.subscribers.get_mut(subscriber as usize));
        if let Some(index) = moved.and_then(|subscriber| subscriber.group.as_mut()) {
            index.member = Some(member);
        }
    }

    /// Removes a subscriber, and its group with the last one.
    pub(super) fn remove(&mut self, subscriber: u32) -> Option<Subscriber> {
        let removed = self.subscribers.try_remove(subscriber as usize)?;
        if self.subscribers.is_empty() {
            self.subscribers.shrink_to_fit();
        }
        removed.alarm.map(|at| self.alarms.remove(&(at, subscriber)));
        if let Some(GroupIndex { group: key, member }) = removed.group
            && let Some(group) = self.groups.get_mut(key as usize)
        {
            match member {
                Some(member) => {
                    let moved = group.leave(member);
                    self.update_index(moved, member);
                }
                None => group.set_caught_up(),
            }
            self.close_group(key);
        }
        Some(*removed)
    }

    /// Removes a group without subscribers.
    fn close_group(&mut self, key: u32) {
        let Some(group) = self.groups.get(key as usize).filter(|group| group.is_empty()) else { return };
        self.by_topic.remove(&group.topic);
        self.busy.retain(|busy| *busy != key);
        self.groups.remove(key as usize);
        if self.groups.is_empty() {
            self.groups.shrink_to_fit();
        }
    }
}
