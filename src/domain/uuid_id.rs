//! Ids that are version 4 UUIDs. They name something to those who may see it, and grant nothing.

use uuid::Uuid;

use super::random::RandomSource;

/// The length of the text form: 32 digits and four hyphens.
const CHARS: usize = 36;

/// An id that is a random UUID.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// The value that malformed ids parse to. It is never assigned, so that a malformed id follows the same path as an unknown one.
            pub const NIL: Self = Self(Uuid::nil());

            /// Generates a random id.
            #[must_use]
            pub fn random(random: &dyn RandomSource) -> Self {
                Self(random_uuid(random))
            }

            /// Parses the text form; anything else yields [`Self::NIL`].
            #[must_use]
            pub fn parse_or_nil(text: &str) -> Self {
                parse_uuid(text).map_or(Self::NIL, Self)
            }

            /// Returns the id with this UUID, as it was stored.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the UUID.
            #[must_use]
            pub const fn uuid(&self) -> Uuid {
                self.0
            }
        }
    };
}

uuid_id!(
    /// Identifies a knock to the owner.
    KnockId
);
uuid_id!(
    /// Identifies an account. It appears in the account's own access tokens and nowhere else.
    AccountId
);
uuid_id!(
    /// Identifies a session to its account. Access tokens name it.
    SessionId
);
uuid_id!(
    /// Identifies a friend request to its sender and its receiver.
    FriendRequestId
);
uuid_id!(
    /// Identifies a report to its sender and the operator.
    ReportId
);
uuid_id!(
    /// Identifies a webhook to those who have the right to the door of its chat.
    WebhookId
);
uuid_id!(
    /// Identifies a push subscription to its holder.
    PushSubscriptionId
);

/// Generates a random version 4 UUID.
pub(super) fn random_uuid(random: &dyn RandomSource) -> Uuid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Parses 36 characters with hyphens, and no other form of a UUID.
pub(super) fn parse_uuid(text: &str) -> Option<Uuid> {
    let hyphenated = text.len() == CHARS && text.as_bytes().get(8) == Some(&b'-');
    hyphenated.then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn an_id_is_read_as_it_is_written_and_in_no_other_form() {
        let id = AccountId::random(&SystemRandom);
        let text = id.uuid().to_string();
        assert_eq!(id.uuid().get_version_num(), 4);
        assert_eq!(AccountId::parse_or_nil(&text), id);
        assert_ne!(AccountId::random(&SystemRandom), id);
        for wrong in ["", "x", &text[1..], &format!("{{{text}}}"), &text.replace('-', ""), &format!("urn:uuid:{text}"), &"é".repeat(18)] {
            assert_eq!(AccountId::parse_or_nil(wrong), AccountId::NIL, "{wrong}");
        }
    }
}
