//! The list of scenarios, and what they share.

mod noisy_neighbour;
mod connecting;
mod expiry;
mod fanout;
mod filling;
mod overload;
mod posting;
mod reading;
mod stalled;
mod start;

use std::fmt;
use std::io;

use crate::clock::MILLISECOND;
use crate::results::{Faults, Run};
use crate::server::Server;
use crate::server_kind::Kind;
use crate::stats::real;
use crate::system::Taken;

/// Scenarios with listeners measure both stream paths of the program.
const ALL: &[Kind] = &[Kind::Raw1, Kind::Raw1Coalesce, Kind::AxumRef, Kind::ParlorHttp, Kind::Parlor];
const LISTENED: &[Kind] = &[Kind::Raw1, Kind::AxumRef, Kind::ParlorHttp, Kind::Parlor];
const PLAIN: &[Kind] = &[Kind::Raw1, Kind::AxumRef, Kind::Parlor];
const OURS: &[Kind] = &[Kind::Parlor];
const BARE_AND_OURS: &[Kind] = &[Kind::Raw1, Kind::ParlorHttp, Kind::Parlor];
const BOTH_OURS: &[Kind] = &[Kind::ParlorHttp, Kind::Parlor];
/// A saturated run posts more than a chat holds by default.
const ROOMY: &[&str] = &["--chat-entries", "10000000", "--chat-content", "8589934592", "--total-memory", "17179869184"];
const USUAL: &[&str] = &[];

/// How often a scenario runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Often {
    /// In each round.
    EachRound,
    /// Once: it repeats its measurement within one process.
    Once,
}

/// A scenario.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The description in the tables.
    pub(crate) about: &'static str,
    /// The unit of its sizes.
    pub(crate) unit: &'static str,
    pub(crate) servers: &'static [Kind],
    pub(crate) sizes: &'static [u64],
    /// The sizes of a quick run.
    pub(crate) quick: &'static [u64],
    pub(crate) flags: &'static [&'static str],
    pub(crate) often: Often,
    pub(crate) run: fn(&Case) -> io::Result<Vec<Run>>,
}

/// A scenario against one server at one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) scenario: &'static Scenario,
    pub(crate) server: Kind,
    pub(crate) size: u64,
    pub(crate) round: u32,
    pub(crate) rounds: u32,
    /// The factor by which everything is shorter than in a full run.
    pub(crate) haste: u64,
}

/// All scenarios, in the order of the tables.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "paced",
        about: "one chat, 50 messages a second (5 a second where 10,000 listen)",
        sizes: &[100, 1_000, 10_000],
        quick: &[100],
        ..each_round("listeners", LISTENED, USUAL, fanout::paced)
    },
    Scenario {
        name: "saturated",
        about: "one chat, 8 messages in flight, each awaited by all",
        sizes: &[100, 1_000, 10_000],
        quick: &[100],
        ..each_round("listeners", ALL, ROOMY, fanout::saturated)
    },
    Scenario {
        name: "answers",
        about: "one chat, 8 publishers who await only the answer",
        sizes: &[1_000],
        quick: &[100],
        ..each_round("listeners", ALL, ROOMY, fanout::answers)
    },
    Scenario {
        name: "small",
        about: "many chats of two, one message in flight in each",
        sizes: &[500],
        quick: &[50],
        ..each_round("chats", LISTENED, ROOMY, fanout::small)
    },
    Scenario { name: "posting", about: "posting while nobody listens", ..each_round("connections", PLAIN, ROOMY, posting::run) },
    Scenario { name: "reading", about: "reading the last 100 messages", ..each_round("connections", PLAIN, USUAL, reading::run) },
    Scenario {
        name: "connecting",
        about: "listeners coming all at once, and then idle",
        sizes: &[100, 1_000, 10_000],
        quick: &[100],
        ..each_round("listeners", LISTENED, USUAL, connecting::run)
    },
    Scenario {
        name: "stalled",
        about: "as many listeners who read nothing beside those who do, 50 messages a second",
        sizes: &[1_000],
        quick: &[100],
        ..each_round("listeners", BOTH_OURS, ROOMY, stalled::run)
    },
    Scenario {
        name: "beside",
        about: "a chat of two, 50 messages a second, beside a saturated one",
        sizes: &[10_000],
        quick: &[200],
        ..each_round("listeners", BARE_AND_OURS, ROOMY, noisy_neighbour::run)
    },
    Scenario { name: "start", about: "from starting the process to its first answer", ..each_round("connections", PLAIN, USUAL, start::run) },
    Scenario {
        name: "filling",
        about: "chats held in memory",
        sizes: &[1_000_000],
        quick: &[2_000],
        often: Often::Once,
        ..each_round("chats", OURS, ROOMY, filling::run)
    },
    Scenario {
        name: "messages",
        about: "100-byte messages held in memory, 2,000 in each of 100 chats",
        sizes: &[200_000],
        quick: &[2_000],
        often: Often::Once,
        ..each_round("messages", OURS, ROOMY, filling::messages)
    },
    Scenario {
        name: "expiry",
        about: "chats that expire within one second, 500 posts a second elsewhere",
        sizes: &[100_000],
        quick: &[],
        often: Often::Once,
        ..each_round("chats", OURS, ROOMY, expiry::run)
    },
    Scenario {
        name: "overload",
        about: "1,000 members who post once a second, beside others who open five times as many chats as the server can",
        sizes: &[500],
        quick: &[50],
        ..each_round("connections", OURS, ROOMY, overload::run)
    },
];

const fn each_round(
    unit: &'static str,
    servers: &'static [Kind],
    flags: &'static [&'static str],
    run: fn(&Case) -> io::Result<Vec<Run>>,
) -> Scenario {
    Scenario { name: "", about: "", unit, servers, sizes: &[8], quick: &[8], flags, often: Often::EachRound, run }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, server, size, round, rounds, .. } = self;
        write!(f, "round {round} of {rounds}, {}, {size} {}, {server}", scenario.name, scenario.unit)
    }
}

impl Case {
    fn start(&self) -> io::Result<Server> {
        Server::start(self.server, self.scenario.flags)
    }

    fn size(&self) -> usize {
        usize::try_from(self.size).expect("sizes are small")
    }

    /// Converts milliseconds to nanoseconds, divided by `haste`.
    const fn span(&self, milliseconds: u64) -> u64 {
        milliseconds * MILLISECOND / self.haste
    }

    /// Builds a run without figures, with its noise and its faults.
    fn result(&self, taken: &Taken, faults: Faults) -> Run {
        let flags = if self.server.is_ours() { self.scenario.flags.join(" ") } else { String::new() };
        Run {
            scenario: self.scenario.name.to_owned(),
            server: self.server,
            size: self.size,
            round: self.round,
            flags,
            noise: taken.noise,
            faults,
            ..Run::default()
        }
    }
}

/// Returns the rate per second.
fn a_second(count: u64, span: u64) -> f64 {
    real(count) * 1e9 / real(span.max(1))
}

/// Returns microseconds per item.
fn each(nanoseconds: u64, count: u64) -> f64 {
    real(nanoseconds) / 1e3 / real(count.max(1))
}
