//! What is drawn: in 80 columns and in 40, whatever the size.

use super::*;
use crate::cli::tui::model::Mode;

fn dinner() -> Model {
    let mut model = chat_with(&[said(2, 2, "Hello there, who brings the salad?"), said(3, 1, "I do")], 3, false);
    happens(&mut model, "reaction", &json!({"seq": 4, "chat_id": CHAT, "target": 3, "emoji": "👍", "member": member(2), "added": true, "count": 1}));
    happens(&mut model, "typing", &json!({"chat_id": CHAT, "members": [1, 3]}));
    happens(&mut model, "presence", &json!({"chat_id": CHAT, "members": [1, 2], "count": 2}));
    model
}

#[test]
fn a_wide_screen_has_the_lists_beside_the_timeline() {
    let mut model = dinner();
    knocks(&mut model, 1, "Dan");
    let screen = screen(&model);
    for text in ["Friday dinner", "2 of 3 online", "▸ Friday dinner", "● Ben", "owner you", "○ Chloé", "Hello there", "👍", "Chloé is typing…"]
    {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
    for text in ["? Dan knocks: violet harbour", "Ctrl+Y let in", "Ctrl+N decline", "\"It is me\"", "● connected", "I do  ✓"] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn a_narrow_screen_has_the_timeline_alone() {
    let mut model = dinner();
    model.size = (40, 12);
    knocks(&mut model, 1, "Dan");
    let small = screen(&model);
    assert!(small.lines().all(|line| !line.contains('│')), "{small}");
    for text in ["Friday dinner", "salad?", "? Dan knocks: violet harbour", "Ctrl+Y let in", "Chloé is typing…", "● connected"] {
        assert!(small.contains(text), "{text}\n{small}");
    }
    model.mode = Mode::Chats(0);
    assert!(screen(&model).contains("▸ Friday dinner"));
    model.mode = Mode::People(0);
    assert!(screen(&model).contains("○ Chloé"));
    model.mode = Mode::Help(0);
    assert!(screen(&model).contains("choose a message"));
}

#[test]
fn no_size_is_too_small() {
    let mut model = dinner();
    knocks(&mut model, 1, "Dan");
    model.link = Some("http://127.0.0.1:8080/l/abcdefghijklmnopqrstuvwxyz0".into());
    types(&mut model, &"long text ".repeat(40));
    for mode in [Mode::Writing, Mode::Chats(0), Mode::People(0), Mode::Help(3), Mode::Reacting, Mode::Deleting, Mode::Link] {
        for (width, height) in (0..45).flat_map(|width| (0..14).map(move |height| (width, height))).chain([(72, 1), (80, 2), (200, 60)]) {
            (model.size, model.mode) = ((width, height), mode);
            screen(&model);
        }
    }
}

#[test]
fn what_became_of_a_message_is_told() {
    let mut model = dinner();
    let mut edited = said(2, 2, "Who brings the soup?");
    edited["edited_at"] = json!("2026-12-01T10:05:00.000Z");
    happens(&mut model, "message_edited", &json!({"seq": 5, "chat_id": CHAT, "target": 2, "message": edited, "by": member(2)}));
    assert!(screen(&model).contains("Who brings the soup?  (edited)"), "{}", screen(&model));
    let deleted = json!({"seq": 2, "chat_id": CHAT, "member": member(2), "kind": "deleted", "created_at": "2026-12-01T10:00:00.000Z",
        "deleted_at": "2026-12-01T10:06:00.000Z", "deleted_by": member(1)});
    happens(&mut model, "message_deleted", &json!({"seq": 6, "chat_id": CHAT, "target": 2, "message": deleted, "by": member(1)}));
    assert!(screen(&model).contains("(deleted by Ben)") && !screen(&model).contains("soup"));
    happens(&mut model, "receipt", &json!({"chat_id": CHAT, "member_id": 2, "delivered": 2, "read": 2}));
    happens(&mut model, "receipt", &json!({"chat_id": CHAT, "member_id": 3, "delivered": 2, "read": 2}));
    assert!(screen(&model).contains("I do  ✓\n"), "{}", screen(&model));
    for (id, read, tick) in [(2, 0, "I do  ✓\n"), (3, 0, "I do  ✓✓\n"), (2, 3, "I do  ✓✓\n"), (3, 3, "I do  ✓✓ read")] {
        happens(&mut model, "receipt", &json!({"chat_id": CHAT, "member_id": id, "delivered": 3, "read": read}));
        assert!(screen(&model).contains(tick), "{tick}\n{}", screen(&model));
    }
}

#[test]
fn colour_says_nothing_that_characters_do_not() {
    let mut model = dinner();
    knocks(&mut model, 1, "Dan");
    let area = Rect::new(0, 0, 80, 24);
    let (mut plain, mut coloured) = (Buffer::empty(area), Buffer::empty(area));
    draw(&model, &mut plain, false);
    draw(&model, &mut coloured, true);
    let is_plain = |cell: &ratatui::buffer::Cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset;
    assert!(plain.content.iter().all(is_plain) && !coloured.content.iter().all(is_plain));
    assert!(plain.content.iter().zip(&coloured.content).all(|(plain, coloured)| plain.symbol() == coloured.symbol()));
}

#[test]
fn hostile_text_stays_in_its_place() {
    let hostile = "\x1b]0;gotcha\x07\x1b[2J\u{202e}evil\u{200b}\u{9b}31m\u{301}\u{301}\n\nBen  10:00";
    let mut model = chat_with(&[said(2, 2, hostile)], 2, false);
    let named = json!({"id": 2, "name": hostile, "role": "member", "username": null});
    happens(&mut model, "member_updated", &json!({"seq": 3, "chat_id": CHAT, "member": named, "by": null}));
    happens(&mut model, "typing", &json!({"chat_id": CHAT, "members": [2]}));
    knocks(&mut model, 1, hostile);
    let area = Rect::new(0, 0, 80, 24);
    let mut buffer = Buffer::empty(area);
    draw(&model, &mut buffer, true);
    for cell in &buffer.content {
        assert!(cell.symbol().chars().all(|c| !c.is_control() && !matches!(c, '\u{202e}' | '\u{200b}')), "{:?}", cell.symbol());
    }
    assert!((1..23).all(|y| buffer[(23, y)].symbol() == "│"));
    // A text that looks like a header never begins where headers do.
    assert!((1..23).all(|y| buffer[(24, y)].symbol() == "›" || !(buffer[(26, y)].symbol() == "B" && buffer[(24, y)].symbol() == "B")));
}
