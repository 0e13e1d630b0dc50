//! Where the parts of the screen stand: in 80 columns with the lists beside the timeline, in fewer without them.

use ratatui::layout::Rect;

use crate::cli::sanitize;
use crate::cli::tui::chat_view::ChatView;
use crate::cli::tui::model::Model;
use crate::wire::knocks::Knock;

/// Columns of the terminal from which on the lists stand beside the timeline.
const WIDE: u16 = 72;
/// Columns of the lists, with their border.
const SIDE: u16 = 24;
/// The most rows of the composer.
const MAX_COMPOSER: usize = 6;
/// The most rows of a knock's note.
const MAX_NOTE: usize = 3;
/// Columns before the text in the composer.
pub const PROMPT: u16 = 2;

/// The parts of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// The title.
    pub header: Rect,
    /// The lists; absent on narrow terminals.
    pub side: Option<Rect>,
    /// The messages; or a list, the help, the link.
    pub timeline: Rect,
    /// Who knocks; absent if nobody does.
    pub door: Option<Rect>,
    /// The line above the composer: who types, what is replied to.
    pub rule: Rect,
    /// The text being written.
    pub composer: Rect,
    /// The last row.
    pub status: Rect,
}

/// Divides a screen of this size.
#[must_use]
pub fn areas(model: &Model, (width, height): (u16, u16)) -> Areas {
    let row = |y: u16, rows: u16| Rect::new(0, y.min(height), width, rows.min(height.saturating_sub(y)));
    let side = if width >= WIDE { SIDE } else { 0 };
    let middle = height.saturating_sub(2);
    let main = |y: u16, rows: u16| Rect { x: side, width: width - side, ..row(y, rows) };
    let door = door_rows(model.chat(), width - side).min(middle.saturating_sub(4));
    let written =
        ended_rows(model.chat(), width - side).map_or_else(|| model.chat().composer.rows(composer_width(width - side)).0.len(), |rows| rows.len());
    let most = MAX_COMPOSER.min(usize::from(middle.saturating_sub(door) / 2)).max(1);
    let composer = u16::try_from(written.min(most)).unwrap_or(1);
    let timeline = middle.saturating_sub(door + composer + 1);
    Areas {
        header: row(0, 1),
        side: (side > 0).then(|| Rect { width: side, ..row(1, middle) }),
        timeline: main(1, timeline),
        door: (door > 0).then(|| main(1 + timeline, door)),
        rule: main(1 + timeline + door, 1),
        composer: main(2 + timeline + door, composer),
        status: row(height.saturating_sub(1), 1),
    }
}

/// Returns the rows of the door: who knocks, the keys, the note.
fn door_rows(chat: &ChatView, width: u16) -> u16 {
    let note = chat.door.shown().map(|(knock, _)| note_rows(knock, width).len());
    note.map_or(0, |note| 2 + u16::try_from(note).unwrap_or_default())
}

/// Returns the note of a knock in rows of this width; what is longer is cut.
#[must_use]
pub fn note_rows(knock: &Knock, width: u16) -> Vec<String> {
    let Some(note) = &knock.note else { return Vec::new() };
    let text = format!("\"{}\"", sanitize::line(note));
    let rows = sanitize::wrap(&text, usize::from(width).saturating_sub(2));
    let mut shown: Vec<_> = rows.iter().take(MAX_NOTE).map(|row| (*row).to_owned()).collect();
    if rows.len() > MAX_NOTE {
        shown.iter_mut().next_back().into_iter().for_each(|last| last.push('…'));
    }
    shown
}

/// Returns what is said instead of a composer in a chat that is over.
#[must_use]
pub fn ended_rows(chat: &ChatView, width: u16) -> Option<Vec<String>> {
    let text = format!("! {}", sanitize::lines(chat.ended.as_ref()?));
    Some(sanitize::wrap(&text, width.into()).into_iter().map(str::to_owned).collect())
}

/// Returns the columns of the text in a composer of this width.
#[must_use]
pub fn composer_width(width: u16) -> usize {
    usize::from(width.saturating_sub(PROMPT)).max(2)
}

/// Returns the columns and rows of the timeline.
#[must_use]
pub fn timeline_size(model: &Model) -> (usize, usize) {
    let timeline = areas(model, model.size).timeline;
    (timeline.width.into(), timeline.height.into())
}
