//! The parts of the screen around the open chat: title, timeline, door, composer, status.

use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use super::layout::{PROMPT, composer_width, ended_rows, note_rows};
use super::look::Look;
use super::rows;
use crate::cli::local_time::LocalTime;
use crate::cli::sanitize;
use crate::cli::tui::chat_view::{ChatView, Loading};
use crate::cli::tui::composer::Purpose;
use crate::cli::tui::model::{Mode, Model};
use crate::cli::tui::reactions::OFFERED;

pub(super) fn header(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let chat = model.chat();
    let mut facts = Vec::new();
    if !chat.members.is_empty() {
        let online = chat.members.online_count;
        let count = chat.members.len();
        facts.push(if online > 0 { format!("{online} of {count} online") } else { format!("{count} people") });
    }
    if let Some(expires) = chat.facts.as_ref().and_then(|facts| facts.expires_at).filter(|_| area.width >= 60) {
        let at = LocalTime::from(expires);
        facts.push(format!("until {} {}", at.date, at.time));
    }
    let facts = facts.join(" · ");
    canvas.fill(area, 0, Look::Reversed);
    let room = usize::from(area.width).saturating_sub(sanitize::width(&facts) + 4);
    let title = sanitize::truncate(&sanitize::line(&chat.title), room);
    canvas.put(area, 0, 1, &title, Look::Reversed);
    let start = usize::from(area.width).saturating_sub(sanitize::width(&facts) + 1);
    canvas.put(area, 0, u16::try_from(start).unwrap_or_default(), &facts, Look::Reversed);
}

pub(super) fn timeline(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let chat = model.chat();
    let shown = rows::visible(chat, area.width.into(), area.height.into());
    let top = area.height - u16::try_from(shown.len()).unwrap_or_default().min(area.height);
    if shown.is_empty() {
        let text = if chat.loading == Loading::Done { "Nothing was said yet." } else { "Loading…" };
        canvas.put(area, area.height.saturating_sub(1), 2, text, Look::Faint);
    }
    for (at, row) in (top..).zip(shown) {
        let look = if row.marker == '•' { Look::Notice } else { Look::Strong };
        canvas.put(area, at, 0, row.marker.encode_utf8(&mut [0; 4]), look);
        let mut column = row.indent;
        for (text, look) in &row.pieces {
            column = canvas.put(area, at, column, text, *look);
        }
    }
}

/// The door: who knocks, with the two words that both see, and the keys.
pub(super) fn door(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some((knock, waiting)) = model.chat().door.shown() else { return };
    let code = sanitize::line(&knock.code);
    let more = if waiting > 1 { format!("  +{} more", waiting - 1) } else { String::new() };
    let keys = format!("  Ctrl+Y let in  Ctrl+N decline{more}");
    let username = knock.username.as_ref().map(|username| format!(" (@{username})")).unwrap_or_default();
    let taken = if knock.name_taken { " (a name that is taken)" } else { "" };
    let who = sanitize::line(&format!("{}{username}{taken}", knock.name));
    let room = usize::from(area.width).saturating_sub(sanitize::width(&code) + 14);
    let column = canvas.put(area, 0, 0, &format!("? {} knocks: ", sanitize::truncate(&who, room)), Look::Alert);
    canvas.put(area, 0, column, &code, Look::Reversed);
    canvas.put(area, 1, 0, &keys, Look::Strong);
    for (at, row) in (2..area.height).zip(note_rows(knock, area.width)) {
        canvas.put(area, at, 2, &row, Look::Plain);
    }
}

/// The line above the composer.
pub(super) fn rule(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.rule(area, 0, Look::Faint);
    let chat = model.chat();
    let (text, look) = match (model.mode, rule_text(chat)) {
        (Mode::Reacting, _) => (reactions_text(), Look::Strong),
        (Mode::Deleting, _) => ("Delete this message for everybody? y deletes it".to_owned(), Look::Alert),
        (Mode::Selecting, _) => ("r reply  e edit  d delete  + react  Esc back".to_owned(), Look::Strong),
        (_, Some(text)) => (text, Look::Strong),
        (_, None) => return,
    };
    let room = usize::from(area.width).saturating_sub(4);
    canvas.put(area, 0, 2, &format!(" {} ", sanitize::truncate(&text, room.saturating_sub(2))), look);
}

fn rule_text(chat: &ChatView) -> Option<String> {
    let about = |seq: u64| chat.timeline.message(seq).map(|message| rows::summary(chat, message)).unwrap_or_default();
    match chat.composer.purpose {
        Purpose::Reply(seq) => return Some(format!("Esc ends the reply to {}", about(seq))),
        Purpose::Edit(_) => return Some("Editing: Enter saves, Esc leaves it as it was".into()),
        Purpose::Message => {}
    }
    let typists: Vec<_> = chat.members.typists().into_iter().map(sanitize::line).collect();
    match typists.as_slice() {
        _ if chat.scroll.is_some() && chat.unread > 0 => Some(format!("{} new below: PageDown", chat.unread)),
        _ if chat.older.is_some() => Some("Loading what was before…".into()),
        _ if chat.scroll.is_some() => Some("More below: PageDown".into()),
        [] => None,
        [one] => Some(format!("{one} is typing…")),
        [one, other] => Some(format!("{one} and {other} are typing…")),
        many => Some(format!("{} people are typing…", many.len())),
    }
}

fn reactions_text() -> String {
    let offered: Vec<_> = (1..).zip(OFFERED).map(|(key, emoji)| format!("{key} {emoji}")).collect();
    format!("{}  or paste one", offered.join("  "))
}

/// The text being written; returns where its cursor stands.
pub(super) fn composer(model: &Model, canvas: &mut Canvas<'_>, area: Rect) -> Option<Position> {
    let chat = model.chat();
    if let Some(rows) = ended_rows(chat, area.width) {
        (0..area.height).zip(rows).for_each(|(at, row)| _ = canvas.put(area, at, 0, &row, Look::Failure));
        return None;
    }
    let (lines, (row, column)) = chat.composer.rows(composer_width(area.width));
    let first = (row + 1).saturating_sub(area.height.into());
    canvas.put(area, 0, 0, "›", Look::Strong);
    for (at, line) in (0..area.height).zip(lines.iter().skip(first)) {
        canvas.put(area, at, PROMPT, line, Look::Plain);
    }
    if chat.composer.is_empty() {
        canvas.put(area, 0, PROMPT, "Write a message", Look::Faint);
    }
    let column = u16::try_from(column).ok()? + PROMPT;
    let row = u16::try_from(row.checked_sub(first)?).ok().filter(|row| *row < area.height)?;
    Some(Position::new(area.x + column.min(area.width.saturating_sub(1)), area.y + row))
}

/// The last row: how the connection stands, what was just refused, which keys to begin with.
pub(super) fn status(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let chat = model.chat();
    let (text, look) = if chat.ended.is_some() {
        ("○ over", Look::Failure)
    } else if chat.connected && chat.cursor >= chat.head {
        ("● connected", Look::Faint)
    } else if chat.connected {
        ("◐ catching up", Look::Alert)
    } else if chat.loading == Loading::Done {
        ("○ connection lost, trying again", Look::Alert)
    } else {
        ("○ connecting", Look::Alert)
    };
    let column = canvas.put(area, 0, 0, text, look);
    if let Some(notice) = &model.notice {
        canvas.put(area, 0, column + 2, notice, Look::Failure);
        return;
    }
    let others: u64 = model.chats.iter().enumerate().filter(|(at, _)| *at != model.open).map(|(_, chat)| chat.unread).sum();
    let news = if others > 0 { format!("Tab: {others} unread elsewhere  ") } else { "Tab chats  ".to_owned() };
    let narrow = area.width < 60;
    let keys = if narrow { "? help" } else { "? help  Ctrl+C quit" };
    let news = if narrow && others == 0 { String::new() } else { news };
    canvas.put(area, 0, column + 2, &format!("{news}{keys}"), Look::Faint);
}
