//! The priority of a request: under overload, requests of low priority are refused first (SEC-113).

/// What is given up first stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// New chats: nobody is in them yet.
    Chat,
    /// Guests who ask to be let in, and how they stand.
    Knock,
    /// What is asked inside of chats by those who show no credential.
    Visitor,
    /// What members do: post, read, decide.
    Member,
    /// Streams, and the tickets that open them: who listens keeps hearing.
    Stream,
}

impl Priority {
    /// All of them, what is worth least first.
    pub const ALL: [Self; 5] = [Self::Chat, Self::Knock, Self::Visitor, Self::Member, Self::Stream];
}
