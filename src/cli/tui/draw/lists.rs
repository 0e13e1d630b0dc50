//! The lists: all chats, people, keys.

use fast_qr::{ECL, QRBuilder};
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::look::Look;
use crate::cli::sanitize;
use crate::cli::tui::keys::HELP;
use crate::cli::tui::model::{Mode, Model};
use crate::wire::members::Role;

/// The lists beside the timeline: chats above, people below.
pub(super) fn side(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let border = area.width - 1;
    for row in 0..area.height {
        canvas.put(area, row, border, "│", Look::Faint);
    }
    let inner = Rect { width: border, ..area };
    let people_rows = u16::try_from(model.chat().members.len()).unwrap_or(u16::MAX).min(area.height / 2).max(1) + 1;
    let chats_rows = area.height.saturating_sub(people_rows);
    let chosen = if let Mode::Chats(chosen) = model.mode { Some(chosen) } else { None };
    chats(model, canvas, Rect { height: chats_rows, ..inner }, chosen);
    people(model, canvas, Rect { y: inner.y + chats_rows, height: people_rows, ..inner }, 0);
}

/// All chats: the open one, how many messages are unread, whether somebody knocks.
pub(super) fn chats(model: &Model, canvas: &mut Canvas<'_>, area: Rect, chosen: Option<usize>) {
    canvas.clear(area);
    heading(canvas, area, if chosen.is_some() { "Chats: Enter opens" } else { "Chats" });
    let rows = usize::from(area.height.saturating_sub(1));
    let first = (chosen.unwrap_or(model.open) + 1).saturating_sub(rows);
    for (row, (at, chat)) in (1..area.height).zip(model.chats.iter().enumerate().skip(first)) {
        let unread = if chat.unread > 0 { format!(" {}", chat.unread) } else { String::new() };
        let door = if chat.door.waiting() > 0 { " ?" } else { "" };
        let over = if chat.ended.is_some() { " over" } else { "" };
        let mark = format!("{door}{unread}{over} ");
        let look = match () {
            () if chosen == Some(at) => Look::Reversed,
            () if at == model.open => Look::Strong,
            () if chat.unread > 0 => Look::Alert,
            () => Look::Plain,
        };
        if chosen == Some(at) {
            canvas.fill(area, row, Look::Reversed);
        }
        let room = usize::from(area.width).saturating_sub(sanitize::width(&mark) + 2);
        canvas.put(area, row, 0, if at == model.open { "▸ " } else { "  " }, look);
        canvas.put(area, row, 2, &sanitize::truncate(&sanitize::line(&chat.title), room), look);
        let end = area.width.saturating_sub(u16::try_from(sanitize::width(&mark)).unwrap_or_default());
        canvas.put(area, row, end, &mark, look);
    }
}

/// The people of the open chat: who is online, what they may.
pub(super) fn people(model: &Model, canvas: &mut Canvas<'_>, area: Rect, scrolled: usize) {
    canvas.clear(area);
    let chat = model.chat();
    heading(canvas, area, &format!("People {}", chat.members.len()));
    for (row, member) in (1..area.height).zip(chat.members.iter().skip(scrolled)) {
        let is_me = Some(member.id) == chat.members.me;
        let online = if is_me { chat.connected } else { chat.members.online.contains(&member.id) };
        let role = match member.role {
            Role::Owner => " owner",
            Role::Admin => " admin",
            Role::Member => "",
        };
        let me = if is_me { " you" } else { "" };
        let mark = format!("{role}{me} ");
        canvas.put(area, row, 0, if online { "● " } else { "○ " }, Look::Faint);
        let room = usize::from(area.width).saturating_sub(sanitize::width(&mark) + 2);
        canvas.put(area, row, 2, &sanitize::truncate(&sanitize::line(&member.name), room), Look::Plain);
        let end = area.width.saturating_sub(u16::try_from(sanitize::width(&mark)).unwrap_or_default());
        canvas.put(area, row, end, &mark, Look::Faint);
    }
}

/// The link to share, and its QR code where it fits.
pub(super) fn link(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(link) = &model.link else { return };
    canvas.clear(area);
    heading(canvas, area, "Share: who follows it knocks");
    let link = sanitize::line(link);
    let lines = sanitize::wrap(&link, usize::from(area.width.saturating_sub(2)));
    let mut row = 1;
    for line in lines {
        canvas.put(area, row, 1, line, Look::Strong);
        row += 1;
    }
    let code = QRBuilder::new(link.as_str()).ecl(ECL::L).build().map(|code| code.to_str()).unwrap_or_default();
    let rows = u16::try_from(code.lines().count()).unwrap_or(u16::MAX);
    if row + rows <= area.height {
        for line in code.lines() {
            canvas.put(area, row, 1, line, Look::Code);
            row += 1;
        }
    }
    canvas.put(area, row, 1, "Any key goes on; Ctrl+O comes back.", Look::Faint);
}

/// The keys and what they do.
pub(super) fn help(canvas: &mut Canvas<'_>, area: Rect, scrolled: usize) {
    canvas.clear(area);
    heading(canvas, area, "Keys");
    for (row, (key, what)) in (1..area.height).zip(HELP.iter().skip(scrolled)) {
        canvas.put(area, row, 1, key, Look::Strong);
        canvas.put(area, row, 20, what, Look::Plain);
    }
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, text: &str) {
    canvas.rule(area, 0, Look::Faint);
    canvas.put(area, 0, 1, &format!(" {text} "), Look::Strong);
}
