//! Where the timeline is scrolled to: tied to an entry, so that what arrives below or above moves nothing.

use super::chat_view::ChatView;
use super::draw::rows;
use super::timeline::Anchor;

/// Scrolls up by rows, in a view of this width and height; at the top more is asked for.
pub fn up(view: &mut ChatView, by: usize, width: usize, height: usize) {
    let Some(mut anchor) = view.scroll.or_else(|| view.timeline.last().map(|seq| Anchor { seq, hidden: 0 })) else { return };
    let below = if view.scroll.is_none() { rows::outgoing(view, width).len() } else { 0 };
    anchor.hidden += by.saturating_sub(below);
    while anchor.hidden >= rows::height(view, anchor.seq, width) {
        anchor.hidden -= rows::height(view, anchor.seq, width);
        match view.timeline.before(anchor.seq) {
            Some((seq, _)) => anchor.seq = seq,
            None => break,
        }
    }
    let top = topmost(view, width, height);
    let at_top = top.is_none_or(|top| (anchor.seq, std::cmp::Reverse(anchor.hidden)) <= (top.seq, std::cmp::Reverse(top.hidden)));
    view.scroll = if at_top { top } else { Some(anchor) };
    if at_top {
        view.want_older();
    }
}

/// Scrolls down by rows.
pub fn down(view: &mut ChatView, by: usize, width: usize) {
    let Some(mut anchor) = view.scroll else { return };
    let mut left = by;
    while left > anchor.hidden {
        left -= anchor.hidden;
        let Some((seq, _)) = view.timeline.after(anchor.seq) else {
            view.scroll = None;
            return;
        };
        anchor = Anchor { seq, hidden: rows::height(view, seq, width) };
    }
    anchor.hidden -= left;
    let at_end = anchor.hidden == 0 && view.timeline.after(anchor.seq).is_none();
    view.scroll = if at_end { None } else { Some(anchor) };
}

/// Scrolls as little as needed to show an entry: above the view, or below it.
pub fn show(view: &mut ChatView, seq: u64, width: usize, height: usize) {
    let visible = rows::visible(view, width, height);
    let shown = visible.iter().filter(|row| row.seq == Some(seq)).count();
    if shown >= rows::height(view, seq, width).min(height) {
        return;
    }
    let above = visible.iter().find_map(|row| row.seq).is_none_or(|first| seq <= first);
    if above {
        let missing = rows::height(view, seq, width).min(height);
        view.scroll = Some(Anchor { seq, hidden: 0 });
        // Its first row becomes the top one.
        down(view, height.saturating_sub(missing), width);
    } else {
        let last = view.timeline.after(seq).is_none();
        view.scroll = if last { None } else { Some(Anchor { seq, hidden: 0 }) };
    }
    if view.timeline.first().is_some_and(|first| seq <= first) {
        view.want_older();
    }
}

/// Returns where the view ends that begins with the first row; none where all fits.
fn topmost(view: &ChatView, width: usize, height: usize) -> Option<Anchor> {
    let mut filled = 0;
    for (seq, _) in view.timeline.entries() {
        filled += rows::height(view, seq, width);
        if filled > height {
            return Some(Anchor { seq, hidden: filled - height });
        }
    }
    None
}
