//! Friendship: how two accounts are related.

/// How an account is related to the one that looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Friendship {
    /// Not at all.
    #[default]
    None,
    /// It asked the viewer.
    Incoming,
    /// The viewer asked it.
    Outgoing,
    /// Both agreed.
    Friends,
    /// It is the viewer.
    Oneself,
}
