//! Reactions: emoji that members put on a message, each member each emoji once (API 4.1).

use super::id::MemberId;
use super::text::InvalidText;

/// One emoji that Unicode recommends for interchange (RGI, UTS #51), fully qualified.
///
/// It is a reference into the table of all of them, so that a reaction costs no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emoji(&'static str);

impl Emoji {
    /// Validates user input. An emoji that lacks a variation selector is refused: it would count beside the one that has it.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let known = emojis::get(text).map(emojis::Emoji::as_str).filter(|emoji| *emoji == text);
        known.map(Self).ok_or_else(|| InvalidText("must be one emoji, fully qualified".into()))
    }

    /// Returns the emoji as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// One emoji on a message, with the members who put it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    emoji: Emoji,
    /// In the order of their reactions; never empty.
    members: Vec<MemberId>,
}

impl Reaction {
    /// The most members that are listed.
    pub const MAX_LISTED: usize = 100;

    /// Returns the emoji.
    #[must_use]
    pub const fn emoji(&self) -> Emoji {
        self.emoji
    }

    /// Returns how many members put it there.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Returns the first members who put it there, earliest first, at most [`Self::MAX_LISTED`].
    #[must_use]
    pub fn first_members(&self) -> &[MemberId] {
        &self.members[..self.members.len().min(Self::MAX_LISTED)]
    }

    /// Returns true if this member put it there.
    #[must_use]
    pub fn is_by(&self, member: MemberId) -> bool {
        self.members.contains(&member)
    }
}

/// What became of a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReactionOutcome {
    /// It was added or removed.
    Changed,
    /// It was there, or not there, before.
    Unchanged,
    /// The message has as many different emoji as it may have.
    TooManyKinds,
}

/// The reactions to a message, in the order in which each emoji was first used. A message without any costs one pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reactions(Option<Box<Kinds>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kinds(Vec<Reaction>);

impl Reactions {
    /// The most different emoji on a message.
    pub const MAX_KINDS: usize = 12;

    /// Adds a member's reaction.
    pub fn add(&mut self, emoji: Emoji, member: MemberId) -> ReactionOutcome {
        let kinds = &mut self.0.get_or_insert_default().0;
        if let Some(reaction) = kinds.iter_mut().find(|reaction| reaction.emoji == emoji) {
            if reaction.is_by(member) {
                return ReactionOutcome::Unchanged;
            }
            reaction.members.push(member);
        } else if kinds.len() == Self::MAX_KINDS {
            return ReactionOutcome::TooManyKinds;
        } else {
            kinds.reserve_exact(1);
            kinds.push(Reaction { emoji, members: vec![member] });
        }
        ReactionOutcome::Changed
    }

    /// Removes a member's reaction.
    pub fn remove(&mut self, emoji: Emoji, member: MemberId) -> ReactionOutcome {
        self.remove_where(member, |reaction| reaction.emoji == emoji)
    }

    /// Removes all reactions of a member.
    pub fn take_back_all(&mut self, member: MemberId) -> ReactionOutcome {
        self.remove_where(member, |_| true)
    }

    fn remove_where(&mut self, member: MemberId, which: impl Fn(&Reaction) -> bool) -> ReactionOutcome {
        let Some(kinds) = &mut self.0 else { return ReactionOutcome::Unchanged };
        let mut outcome = ReactionOutcome::Unchanged;
        for reaction in kinds.0.iter_mut().filter(|reaction| which(reaction)) {
            if let Some(place) = reaction.members.iter().position(|by| *by == member) {
                reaction.members.remove(place);
                outcome = ReactionOutcome::Changed;
            }
        }
        kinds.0.retain(|reaction| !reaction.members.is_empty());
        if kinds.0.is_empty() {
            self.0 = None;
        }
        outcome
    }

    /// Returns the reactions, one for each emoji.
    pub fn iter(&self) -> impl Iterator<Item = &Reaction> {
        self.kinds().iter()
    }

    /// Returns true if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the heap memory in use, in bytes, without what the allocator adds to each block.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Some(kinds) = &self.0 else { return 0 };
        let members = |reaction: &Reaction| reaction.members.capacity() * size_of::<MemberId>();
        size_of::<Kinds>() + kinds.0.capacity() * size_of::<Reaction>() + kinds.0.iter().map(members).sum::<usize>()
    }

    fn kinds(&self) -> &[Reaction] {
        self.0.as_ref().map_or(&[], |kinds| &kinds.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: MemberId = MemberId(1);
    const BEN: MemberId = MemberId(2);

    fn emoji(text: &str) -> Emoji {
        Emoji::parse(text).unwrap()
    }

    fn seen(reactions: &Reactions) -> Vec<(&str, Vec<u32>)> {
        reactions.iter().map(|reaction| (reaction.emoji().as_str(), reaction.first_members().iter().map(|member| member.0).collect())).collect()
    }

    #[test]
    fn every_kind_of_emoji_is_one() {
        for text in [
            "😀",
            "👍",
            "👍🏽",
            "❤\u{fe0f}",
            "☹\u{fe0f}",
            "#\u{fe0f}\u{20e3}",
            "9\u{fe0f}\u{20e3}",
            "🇩🇪",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "🏳\u{fe0f}\u{200d}🌈",
            "👩🏽\u{200d}🚀",
            "🧑🏻\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}🧑🏿",
            "❤\u{fe0f}\u{200d}🔥",
            "🫩",
        ] {
            assert_eq!(emoji(text).as_str(), text);
        }
    }

    #[test]
    fn what_is_not_one_fully_qualified_emoji_is_refused() {
        let unqualified = ["❤", "☹", "#\u{20e3}", "©", "1\u{20e3}", "🏳\u{200d}🌈", "👁\u{200d}🗨", "👁\u{fe0f}\u{200d}🗨"];
        let several = ["😀😀", "👍🏽🏽", "🇩🇪🇫🇷", "👍 ", " 👍", "👍\u{fe0f}", "😀\u{200d}", "👍\u{200d}👍", "👍\u{fe0e}", "❤\u{fe0e}"];
        let parts = ["🇩", "🏽", "\u{fe0f}", "\u{200d}", "\u{20e3}", "\u{e0067}", "🇽🇽", "🏴\u{e0067}\u{e007f}", "\u{1fc00}"];
        let text = ["", "a", "1", "#", "*", "+1", ":+1:", "thumbs up", "中", "é", "\0", "<b>", "☹a"];
        for wrong in unqualified.into_iter().chain(several).chain(parts).chain(text) {
            assert!(Emoji::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_member_reacts_with_each_emoji_once() {
        let mut reactions = Reactions::default();
        assert_eq!(reactions.add(emoji("👍"), BEN), ReactionOutcome::Changed);
        assert_eq!(reactions.add(emoji("👍"), BEN), ReactionOutcome::Unchanged);
        assert_eq!(reactions.add(emoji("😀"), BEN), ReactionOutcome::Changed);
        assert_eq!(reactions.add(emoji("👍"), ANA), ReactionOutcome::Changed);
        assert_eq!(seen(&reactions), [("👍", vec![2, 1]), ("😀", vec![2])], "in the order of use");
        assert_eq!(reactions.remove(emoji("😀"), ANA), ReactionOutcome::Unchanged);
        assert_eq!(reactions.remove(emoji("🎉"), ANA), ReactionOutcome::Unchanged);
        assert_eq!(reactions.remove(emoji("👍"), BEN), ReactionOutcome::Changed);
        assert_eq!(reactions.add(emoji("👍"), BEN), ReactionOutcome::Changed);
        assert_eq!(seen(&reactions), [("👍", vec![1, 2]), ("😀", vec![2])]);
        assert_eq!(reactions.take_back_all(BEN), ReactionOutcome::Changed);
        assert_eq!(reactions.take_back_all(BEN), ReactionOutcome::Unchanged);
        assert_eq!(seen(&reactions), [("👍", vec![1])]);
        assert_eq!(reactions.remove(emoji("👍"), ANA), ReactionOutcome::Changed);
        assert_eq!(reactions, Reactions::default(), "nothing is left of the last one");
    }

    #[test]
    fn a_message_has_twelve_kinds() {
        let kinds: Vec<Emoji> = emojis::iter().take(13).map(|one| emoji(one.as_str())).collect();
        let mut reactions = Reactions::default();
        assert!(kinds[..12].iter().all(|kind| reactions.add(*kind, ANA) == ReactionOutcome::Changed));
        assert_eq!(reactions.add(kinds[12], BEN), ReactionOutcome::TooManyKinds);
        assert_eq!(reactions.add(kinds[11], BEN), ReactionOutcome::Changed, "no new kind");
        assert_eq!(reactions.remove(kinds[0], ANA), ReactionOutcome::Changed);
        assert_eq!(reactions.add(kinds[12], BEN), ReactionOutcome::Changed, "a kind became free");
        assert_eq!(reactions.iter().count(), Reactions::MAX_KINDS);
    }

    #[test]
    fn the_first_hundred_members_are_listed() {
        let mut reactions = Reactions::default();
        for member in (1..=150).rev() {
            reactions.add(emoji("👍"), MemberId(member));
        }
        let reaction = reactions.iter().next().unwrap();
        assert_eq!((reaction.count(), reaction.first_members().len()), (150, 100));
        assert_eq!((reaction.first_members()[0], reaction.first_members()[99]), (MemberId(150), MemberId(51)));
        assert!(reaction.is_by(ANA), "listed or not");
    }

    #[test]
    fn memory_is_counted() {
        let mut reactions = Reactions::default();
        assert_eq!((size_of::<Reactions>(), reactions.bytes(), reactions.is_empty()), (size_of::<usize>(), 0, true));
        reactions.add(emoji("👍"), ANA);
        let one = reactions.bytes();
        assert!((48..=112).contains(&one) && !reactions.is_empty(), "{one}");
        for member in 2..=1_000 {
            reactions.add(emoji("👍"), MemberId(member));
        }
        assert!((one + 3_996..=one + 4_096).contains(&reactions.bytes()), "{}", reactions.bytes());
        reactions.add(emoji("😀"), ANA);
        assert!(reactions.bytes() > one + 4_000);
    }
}
