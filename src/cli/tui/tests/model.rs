//! What keys, events and answers make of the state.

use super::*;
use crate::cli::tui::model::Mode;
use crate::cli::tui::request::Failure;

fn control(model: &mut Model, c: char) {
    press_with(model, KeyCode::Char(c), KeyModifiers::CONTROL);
}

fn sends(model: &mut Model) -> Vec<String> {
    let due = model.due().into_iter();
    due.filter_map(|(_, request)| if let Request::Send { text, .. } = request { Some(text) } else { None }).collect()
}

#[test]
fn a_message_is_shown_at_once_and_sent_once() {
    let mut model = chat_with(&[], 1, false);
    types(&mut model, "Hello");
    press(&mut model, KeyCode::Enter);
    assert!(screen(&model).contains("Hello  … sending"), "{}", screen(&model));
    assert_eq!(sends(&mut model), ["Hello"]);
    assert!(sends(&mut model).is_empty(), "it is under way");
    model.update(Update::Answer(CHAT.into(), Answer::Sent("key".into(), Err(Failure::Passing))));
    assert_eq!(sends(&mut model), ["Hello"], "it was lost, and the key makes it one");
    let mut event = said(2, 1, "Hello");
    event["client_ref"] = json!("key");
    happens(&mut model, "message", &event);
    assert!(model.chat().outbox.is_empty());
    model.update(Update::Answer(CHAT.into(), Answer::Sent("key".into(), Ok(serde_json::from_value(event).unwrap()))));
    assert_eq!(screen(&model).matches("Hello").count(), 1, "{}", screen(&model));
}

#[test]
fn nothing_is_sent_before_all_that_was_missed_is_there() {
    let mut model = chat_with(&[], 1, false);
    types(&mut model, "Hello");
    press(&mut model, KeyCode::Enter);
    assert_eq!(sends(&mut model).len(), 1);
    model.update(Update::Interrupted(Source::Chat(CHAT.into())));
    model.update(Update::Answer(CHAT.into(), Answer::Sent("key".into(), Err(Failure::Passing))));
    assert!(sends(&mut model).is_empty());
    assert!(screen(&model).contains("waits for the connection") && screen(&model).contains("connection lost"), "{}", screen(&model));
    happens(&mut model, "hello", &json!({"chat_id": CHAT, "epoch": "e", "head": 2, "resumed": true}));
    assert!(sends(&mut model).is_empty(), "entry 2 may be this message");
    let mut event = said(2, 1, "Hello");
    event["client_ref"] = json!("key");
    happens(&mut model, "message", &event);
    assert!(sends(&mut model).is_empty() && model.chat().outbox.is_empty());
    assert!(screen(&model).contains("● connected"));
}

#[test]
fn a_refused_message_is_sent_again_or_taken_back() {
    let mut model = chat_with(&[], 1, false);
    types(&mut model, "Hello");
    press(&mut model, KeyCode::Enter);
    sends(&mut model);
    let refused = || Update::Answer(CHAT.into(), Answer::Sent("key".into(), Err(Failure::Refused("The chat is full.".into()))));
    model.update(refused());
    assert!(screen(&model).contains("! Not sent: The chat is full."), "{}", screen(&model));
    assert!(sends(&mut model).is_empty());
    control(&mut model, 'r');
    assert_eq!(sends(&mut model), ["Hello"]);
    model.update(refused());
    control(&mut model, 'x');
    assert_eq!(model.chat().composer.text(), "Hello");
    assert!(model.chat().outbox.is_empty());
}

#[test]
fn one_key_decides_the_knock_that_was_seen() {
    let mut model = chat_with(&[], 1, false);
    knocks(&mut model, 1, "Dan");
    control(&mut model, 'y');
    assert!(model.due().is_empty(), "it has only just appeared");
    model.now_ms = 1_000;
    control(&mut model, 'y');
    let decide = |id: u32, approve| (CHAT.to_owned(), Request::Decide { knock_id: uuid(id).parse().unwrap(), approve });
    assert_eq!(model.due(), [decide(1, true)]);
    assert!(!screen(&model).contains("Dan knocks"));
    model.update(Update::Answer(CHAT.into(), Answer::Decided(uuid(1).parse().unwrap(), Err(Failure::Passing))));
    assert!(screen(&model).contains("Dan knocks"), "the decision did not arrive");
    knocks(&mut model, 2, "Eve");
    assert!(screen(&model).contains("? Dan knocks") && screen(&model).contains("+1 more"), "a new knock does not take the place of the first");
    happens(&mut model, "knock_decided", &json!({"chat_id": CHAT, "door": 3, "knock_id": uuid(1), "status": "withdrawn"}));
    model.now_ms = 5_000;
    control(&mut model, 'n');
    assert!(model.due().is_empty(), "Eve was not seen when the key was pressed");
    model.now_ms = 6_000;
    control(&mut model, 'n');
    assert_eq!(model.due(), [decide(2, false)]);
}

#[test]
fn what_was_seen_is_told_and_what_was_not_is_counted() {
    let mut model = chat_with(&[], 1, false);
    model.focused = false;
    happens(&mut model, "message", &said(2, 2, "one"));
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Receipt { delivered: 2, read: 1 })]);
    assert_eq!(model.chat().unread, 1);
    model.focused = true;
    happens(&mut model, "message", &said(3, 2, "two"));
    assert!(model.due().is_empty(), "one receipt at a time");
    assert_eq!(model.chat().unread, 0);
    model.update(Update::Answer(CHAT.into(), Answer::Told(Ok(()))));
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Receipt { delivered: 3, read: 3 })]);
    assert!(screen(&model).contains("─── new ───"));
}

#[test]
fn own_messages_are_edited_and_deleted_and_all_are_replied_to() {
    let mut model = chat_with(&[said(2, 2, "question"), said(3, 1, "answer")], 3, false);
    model.due();
    press(&mut model, KeyCode::Up);
    press(&mut model, KeyCode::Char('e'));
    assert_eq!(model.chat().composer.text(), "answer");
    types(&mut model, "!");
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Edit(3, "answer!".into()))]);
    press(&mut model, KeyCode::Up);
    press(&mut model, KeyCode::Char('d'));
    assert_eq!(model.mode, Mode::Deleting);
    press(&mut model, KeyCode::Char('y'));
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Delete(3))]);
    press(&mut model, KeyCode::Up);
    press(&mut model, KeyCode::Char('e'));
    assert!(model.notice.is_some(), "it is Ana's");
    press(&mut model, KeyCode::Char('+'));
    press(&mut model, KeyCode::Char('1'));
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::React { seq: 2, emoji: "👍".into(), added: true })]);
    press(&mut model, KeyCode::Char('r'));
    types(&mut model, "yes");
    assert!(screen(&model).contains("the reply to Ana: question"), "{}", screen(&model));
    press(&mut model, KeyCode::Enter);
    let sent = model.due().into_iter().find(|(_, request)| matches!(request, Request::Send { .. })).unwrap();
    assert_eq!(sent.1, Request::Send { key: "key".into(), text: "yes".into(), reply_to: Some(2) });
}

#[test]
fn a_question_mark_opens_the_help_and_again_writes_one() {
    let mut model = chat_with(&[], 1, false);
    press(&mut model, KeyCode::Char('?'));
    assert_eq!(model.mode, Mode::Help(0));
    press(&mut model, KeyCode::Char('?'));
    assert_eq!((model.mode, model.chat().composer.text()), (Mode::Writing, "?"));
    press(&mut model, KeyCode::Char('?'));
    assert_eq!(model.chat().composer.text(), "??");
}

#[test]
fn entries_that_come_twice_count_once() {
    let mut model = chat_with(&[], 1, false);
    for _ in 0..2 {
        happens(&mut model, "message", &said(2, 2, "once"));
        happens(
            &mut model,
            "reaction",
            &json!({"seq": 3, "chat_id": CHAT, "target": 2, "emoji": "👍", "member": member(2), "added": true, "count": 1}),
        );
    }
    assert_eq!(screen(&model).matches("once").count(), 1);
    assert_eq!(model.chat().timeline.message(2).unwrap().reactions[0].members, [2]);
}

#[test]
fn an_end_is_told_and_nothing_more_is_sent() {
    let mut model = chat_with(&[said(2, 2, "bye")], 2, false);
    model.due();
    happens(&mut model, "chat_closed", &json!({"chat_id": CHAT, "reason": "closed"}));
    types(&mut model, "Hello");
    press(&mut model, KeyCode::Enter);
    assert!(model.due().is_empty());
    assert!(screen(&model).contains("! This chat was closed.") && screen(&model).contains("bye"), "{}", screen(&model));
}
