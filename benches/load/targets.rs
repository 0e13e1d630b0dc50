//! The performance targets, and whether they are met.

use std::io::{self, Write};

use crate::format::shown;
use crate::plan::Measured;
use crate::server_kind::Kind;

/// The side of the limit on which a figure must be.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Most(f64),
    Least(f64),
}

use Limit::{Least, Most};

/// A target for a figure, absolute or relative to a reference.
#[derive(Clone, Copy, Debug)]
struct Target(&'static str, &'static str, u64, &'static str, Option<Kind>, Limit);

/// The target that applies only to the default stream path, and the one only for streams written by hyper.
const FANOUT_ONLY: &str = "an idle listener on its own connection: KiB";
const HYPER_ONLY: &str = "an idle listener through hyper: KiB";

const RAW: Option<Kind> = Some(Kind::Raw1);
const COALESCE: Option<Kind> = Some(Kind::Raw1Coalesce);

const TARGETS: &[Target] = &[
    Target("paced, 1,000 listeners: CPU per delivery", "paced", 1_000, "CPU µs/delivery", RAW, Most(1.3)),
    Target("paced, 1,000 listeners: p50", "paced", 1_000, "p50 ms", RAW, Most(1.35)),
    Target("paced, 1,000 listeners: p99", "paced", 1_000, "p99 ms", RAW, Most(1.8)),
    Target("saturated, 1,000 listeners: deliveries a second", "saturated", 1_000, "deliveries/s", RAW, Least(3.5)),
    Target("saturated, 1,000 listeners: deliveries a second", "saturated", 1_000, "deliveries/s", COALESCE, Least(1.0)),
    Target("publishers that await only the answer: deliveries a second", "answers", 1_000, "deliveries/s", COALESCE, Least(1.2)),
    Target("500 × 2: deliveries a second", "small", 500, "deliveries/s", RAW, Least(0.65)),
    Target("a post while nobody listens: CPU", "posting", 8, "CPU µs/post", RAW, Most(2.2)),
    Target("a page of 100 messages: CPU", "reading", 8, "CPU µs/page", RAW, Most(1.7)),
    Target(FANOUT_ONLY, "connecting", 10_000, "RSS KiB/listener", None, Most(1.5)),
    Target(HYPER_ONLY, "connecting", 10_000, "RSS KiB/listener", None, Most(13.0)),
    Target("paced, 10,000 listeners: p99", "paced", 10_000, "p99 ms", RAW, Most(1.2)),
    Target("a chat of two beside a saturated one of 10,000: p99, ms", "beside", 10_000, "two p99 ms", None, Most(20.0)),
    Target(
        "1,000 stalled beside 1,000 good listeners: p99 of the good ones with them / without",
        "stalled",
        1_000,
        "p99 beside/without",
        None,
        Most(1.1),
    ),
    Target("a stalled listener, the kernel's part included: KiB", "stalled", 1_000, "RSS and kernel KiB/stalled", None, Most(128.0)),
    Target("an empty knock chat, resident: B", "filling", 1_000_000, "RSS B/chat", None, Most(700.0)),
    Target("a message of 100 bytes, resident: B", "messages", 200_000, "RSS B/message", None, Most(300.0)),
    Target("a post among 1,000,000 chats / among 1,000: p50", "filling", 1_000_000, "post p50 / at 1,000", None, Most(1.3)),
    Target("100,000 chats expire in one second: p99 of posts elsewhere / before", "expiry", 100_000, "p99 / quiet", None, Most(2.0)),
    Target("start to first answer: ms", "start", 8, "first answer ms", None, Most(30.0)),
];

impl Target {
    fn reached(&self, measured: &Measured, ours: Kind) -> Option<f64> {
        let Self(_, scenario, size, figure, against, _) = *self;
        against.map_or_else(|| measured.figure(scenario, size, ours, figure), |server| measured.ratio(scenario, size, figure, ours, server))
    }

    /// Returns a figure and whether it meets its target; `None` if it was not measured.
    fn verdict(&self, reached: Option<f64>) -> String {
        let Some(reached) = reached else { return " | ".into() };
        let met = match self.5 {
            Most(most) => reached <= most,
            Least(least) => reached >= least,
        };
        format!("{} | {}", shown(reached), if met { "met" } else { "missed" })
    }
}

/// Writes the table of measured targets: for the default stream path, and for streams written by hyper.
pub(crate) fn write(out: &mut impl Write, measured: &Measured) -> io::Result<()> {
    let both = |target: &Target| [Kind::Parlor, Kind::ParlorHttp].map(|ours| target.reached(measured, ours));
    let all: Vec<_> = TARGETS.iter().map(|target| (target, both(target))).filter(|(_, both)| both.iter().any(Option::is_some)).collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Targets\n\n| figure | target | measured | | through hyper | |\n|---|---|---|---|---|---|")?;
    for (target, [ours, hyper]) in all {
        let against = target.4.map_or_else(String::new, |server| format!(" / {server}"));
        let wanted = match target.5 {
            Most(most) => format!("≤ {most}"),
            Least(least) => format!("≥ {least}"),
        };
        let (ours, hyper) = match target.0 {
            FANOUT_ONLY => (ours, None),
            HYPER_ONLY => (None, hyper),
            _ => (ours, hyper),
        };
        writeln!(out, "| {}{against} | {wanted} | {} | {} |", target.0, target.verdict(ours), target.verdict(hyper))?;
    }
    writeln!(out)
}
