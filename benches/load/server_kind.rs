//! The kinds of servers that are compared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The program in its default configuration.
    #[default]
    #[serde(rename = "parlor")]
    Parlor,
    /// The program with all streams written by hyper.
    #[serde(rename = "parlor-http")]
    ParlorHttp,
    /// The minimal server, with one write per listener and message.
    #[serde(rename = "raw1")]
    Raw1,
    /// The minimal server, with one write per listener and wake-up.
    #[serde(rename = "raw1-coalesce")]
    Raw1Coalesce,
    /// The idiomatic axum server.
    #[serde(rename = "axum-ref")]
    AxumRef,
}

impl Kind {
    /// Returns the name in tables, which is also the hidden subcommand of a reference.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Parlor => "parlor",
            Self::ParlorHttp => "parlor-http",
            Self::Raw1 => "raw1",
            Self::Raw1Coalesce => "raw1-coalesce",
            Self::AxumRef => "axum-ref",
        }
    }

    /// Returns true for the program, false for a reference.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(self, Self::Parlor | Self::ParlorHttp)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
