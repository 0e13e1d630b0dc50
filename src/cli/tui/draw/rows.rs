//! The rows of the timeline: each entry as lines that fit its width. The first two columns are never a text's own, so that no text looks like a name.

use super::look::Look;
use crate::cli::local_time::LocalTime;
use crate::cli::sanitize;
use crate::cli::tui::chat_view::ChatView;
use crate::cli::tui::outbox::{Outgoing, Sending};
use crate::cli::tui::timeline::Entry;
use crate::wire::messages::{Message, MessageKind, MessageStatus};

/// How long messages of one author stand under one name, in minutes.
const GROUP_MINUTES: i64 = 5;

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The entry that it is of; none for a message on its way.
    pub seq: Option<u64>,
    /// What stands in the first column.
    pub marker: char,
    /// The column where its pieces begin.
    pub indent: u16,
    /// Its pieces, from left to right.
    pub pieces: Vec<(String, Look)>,
}

impl Row {
    fn new(marker: char, indent: u16, text: impl Into<String>, look: Look) -> Self {
        Self { seq: None, marker, indent, pieces: vec![(text.into(), look)] }
    }

    fn body(text: impl Into<String>, look: Look) -> Self {
        Self::new(' ', 2, text, look)
    }

    fn width(&self) -> usize {
        usize::from(self.indent) + self.pieces.iter().map(|(text, _)| sanitize::width(text)).sum::<usize>()
    }
}

/// Returns how many rows an entry takes.
#[must_use]
pub fn height(view: &ChatView, seq: u64, width: usize) -> usize {
    entry(view, seq, width).len()
}

/// Returns the rows that are shown in this height, from the top.
#[must_use]
pub fn visible(view: &ChatView, width: usize, height: usize) -> Vec<Row> {
    let mut reversed: Vec<Row> = Vec::new();
    let last = view.timeline.last();
    let (start, hidden) = view.scroll.map_or((last, 0), |anchor| (Some(anchor.seq), anchor.hidden));
    if view.scroll.is_none() {
        reversed.extend(outgoing(view, width).into_iter().rev());
    }
    let mut next = start;
    let mut skip = hidden;
    while let Some(seq) = next.filter(|_| reversed.len() < height) {
        reversed.extend(entry(view, seq, width).into_iter().rev().skip(std::mem::take(&mut skip)));
        next = view.timeline.before(seq).map(|(seq, _)| seq);
    }
    reversed.truncate(height);
    reversed.reverse();
    reversed
}

/// Returns the rows of an entry.
#[must_use]
pub fn entry(view: &ChatView, seq: u64, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if view.new_from == Some(seq) {
        rows.push(Row::new('─', 1, "─── new ───", Look::Alert));
    }
    match view.timeline.get(seq) {
        Some(Entry::Message(message)) => rows.extend(message_rows(view, message, width)),
        Some(Entry::Notice(text)) => {
            let text = sanitize::line(text);
            let lines = sanitize::wrap(&text, width.saturating_sub(2));
            rows.extend(lines.iter().enumerate().map(|(at, line)| Row::new(if at == 0 { '•' } else { ' ' }, 2, *line, Look::Notice)));
        }
        None => {}
    }
    for row in &mut rows {
        row.seq = Some(seq);
        if view.selected == Some(seq) {
            row.marker = '▌';
        }
    }
    rows
}

fn message_rows(view: &ChatView, message: &Message, width: usize) -> Vec<Row> {
    let at = LocalTime::from(message.created_at);
    let before = previous_message(view, message.seq);
    let day = before.is_none_or(|before| LocalTime::from(before.created_at).date != at.date);
    let mut rows = Vec::new();
    if day {
        rows.push(Row::new('─', 1, format!("─── {} ───", at.date), Look::Faint));
    }
    let grouped = !day && view.new_from != Some(message.seq) && follows(view, before, message);
    if !grouped {
        rows.push(header(view, message, &at));
    }
    if let Some(target) = message.reply_to {
        rows.push(quote(view, target, width));
    }
    rows.extend(content(view, message, width));
    if let Some(suffix) = suffix(view, message) {
        append(&mut rows, suffix, width);
    }
    if !message.reactions.is_empty() {
        rows.push(reactions(view, message));
    }
    rows
}

/// Returns the message right before this number; none where a notice stands between.
fn previous_message(view: &ChatView, seq: u64) -> Option<&Message> {
    let (before, _) = view.timeline.before(seq)?;
    view.timeline.message(before).or_else(|| previous_message(view, before))
}

/// Returns true if a message stands under the name of the one before it.
fn follows(view: &ChatView, before: Option<&Message>, message: &Message) -> bool {
    let adjacent = view.timeline.before(message.seq).is_some_and(|(seq, _)| view.timeline.message(seq).is_some());
    let same = |before: &Message| {
        let authors = [&before.member, &message.member].map(|member| member.as_ref().map(|member| member.id));
        authors[0] == authors[1] && LocalTime::from(message.created_at).minute - LocalTime::from(before.created_at).minute < GROUP_MINUTES
    };
    adjacent && before.is_some_and(same)
}

fn header(view: &ChatView, message: &Message, at: &LocalTime) -> Row {
    let mine = view.members.is_me(message.member.as_ref());
    let mut row = Row::new(if mine { '›' } else { ' ' }, 2, sanitize::line(&author(view, message)), Look::Strong);
    row.pieces.push((format!("  {}", at.time), Look::Faint));
    row
}

/// Returns the name of a message's author.
#[must_use]
pub fn author(view: &ChatView, message: &Message) -> String {
    message.member.as_ref().map_or_else(|| "Visitor".to_owned(), |member| view.members.name(member).to_owned())
}

fn quote(view: &ChatView, target: u64, width: usize) -> Row {
    let text = view.timeline.message(target).map_or_else(|| "an earlier message".to_owned(), |message| summary(view, message));
    Row::body(sanitize::truncate(&format!("┌ {text}"), width.saturating_sub(2)), Look::Faint)
}

/// Returns a message in one line: its author, and how it begins.
#[must_use]
pub fn summary(view: &ChatView, message: &Message) -> String {
    let text = match message.kind {
        MessageKind::Deleted => "(deleted)",
        MessageKind::Image if message.text.is_none() => "(image)",
        MessageKind::Video if message.text.is_none() => "(video)",
        _ => message.text.as_deref().unwrap_or_default(),
    };
    sanitize::line(&format!("{}: {text}", author(view, message)))
}

fn content(view: &ChatView, message: &Message, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if message.kind == MessageKind::Deleted {
        let by = message.deleted_by.clone().flatten().filter(|by| message.member.as_ref().is_some_and(|author| author.id != by.id));
        let by = by.map(|by| format!(" by {}", view.members.name(&by))).unwrap_or_default();
        return wrapped(&format!("(deleted{by})"), width, Look::Faint);
    }
    if let Some(image) = &message.image {
        let alt = image.alt.as_ref().map(|alt| format!("{alt} ")).unwrap_or_default();
        rows.extend(wrapped(&format!("[image] {alt}{}", image.url), width, Look::Plain));
    }
    if let Some(video) = &message.video {
        let length = video.duration_seconds.map(|seconds| format!(" {}:{:02}", seconds / 60, seconds % 60)).unwrap_or_default();
        rows.extend(wrapped(&format!("[video{length}] {}", video.url), width, Look::Plain));
    }
    if let Some(text) = &message.text {
        rows.extend(wrapped(text, width, Look::Plain));
    }
    rows
}

/// Returns the lines of a text.
fn wrapped(text: &str, width: usize, look: Look) -> Vec<Row> {
    let text = sanitize::lines(text);
    sanitize::wrap(&text, width.saturating_sub(2)).into_iter().map(|line| Row::body(line, look)).collect()
}

/// Returns what stands after the text: that it was edited, how far one's own has come.
fn suffix(view: &ChatView, message: &Message) -> Option<String> {
    let edited = message.edited_at.map(|_| "(edited)");
    let mine = view.members.is_me(message.member.as_ref()) && message.kind != MessageKind::Deleted;
    let tick = mine.then(|| match view.members.status(message.seq) {
        MessageStatus::Sent => "✓",
        MessageStatus::Delivered => "✓✓",
        MessageStatus::Read => "✓✓ read",
    });
    let parts: Vec<_> = edited.into_iter().chain(tick).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Puts something after the last row, or below it where it does not fit.
fn append(rows: &mut Vec<Row>, text: String, width: usize) {
    match rows.last_mut() {
        Some(last) if last.width() + 2 + sanitize::width(&text) <= width => last.pieces.push((format!("  {text}"), Look::Faint)),
        _ => rows.push(Row::body(text, Look::Faint)),
    }
}

fn reactions(view: &ChatView, message: &Message) -> Row {
    let mut row = Row::body("", Look::Plain);
    for reaction in &message.reactions {
        let mine = view.members.me.is_some_and(|me| reaction.members.contains(&me));
        let text = sanitize::line(&format!("{} {}", reaction.emoji, reaction.count));
        row.pieces.push((if mine { format!("[{text}] ") } else { format!(" {text}  ") }, if mine { Look::Strong } else { Look::Plain }));
    }
    row
}

/// Returns the rows of messages on their way.
#[must_use]
pub fn outgoing(view: &ChatView, width: usize) -> Vec<Row> {
    let mut rows: Vec<_> = view.outbox.iter().flat_map(|message| outgoing_message(view, message, width)).collect();
    if !rows.is_empty() {
        rows.insert(0, Row::new('›', 2, sanitize::line(view.members.my_name().unwrap_or("You")), Look::Strong));
    }
    rows
}

fn outgoing_message(view: &ChatView, message: &Outgoing, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(target) = message.reply_to {
        rows.push(quote(view, target, width));
    }
    rows.extend(wrapped(&message.text, width, Look::Plain));
    match &message.sending {
        Sending::Waiting if !view.connected => append(&mut rows, "… waits for the connection".to_owned(), width),
        Sending::Waiting | Sending::UnderWay | Sending::Accepted => append(&mut rows, "… sending".to_owned(), width),
        Sending::Refused(reason) => {
            let text = format!("! Not sent: {reason} Ctrl+R sends it again, Ctrl+X takes it back.");
            rows.extend(wrapped(&text, width, Look::Failure));
        }
    }
    rows
}
