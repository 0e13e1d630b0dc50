//! Scrolling is tied to what is read: what arrives moves nothing, and more is loaded at the top.

use super::*;

fn long() -> Model {
    let messages: Vec<_> = (101..=150).map(|seq| said(seq, 2, &format!("message {seq}"))).collect();
    chat_with(&messages, 150, true)
}

fn top_and_bottom(model: &Model) -> (String, String) {
    let shown: Vec<_> =
        screen(model).lines().filter(|line| line.contains("message ")).map(|line| line.split('│').nth(1).unwrap().trim().to_owned()).collect();
    (shown[0].clone(), shown.last().unwrap().clone())
}

#[test]
fn a_page_up_shows_what_was_before_and_a_page_down_comes_back() {
    let mut model = long();
    let end = top_and_bottom(&model);
    assert_eq!(end.1, "message 150");
    press(&mut model, KeyCode::PageUp);
    let middle = top_and_bottom(&model);
    assert!(middle.1 <= end.0, "{middle:?} {end:?}");
    press(&mut model, KeyCode::PageDown);
    assert_eq!(top_and_bottom(&model), end);
    assert!(model.chat().scroll.is_none());
}

#[test]
fn what_arrives_moves_nothing_that_is_read() {
    let mut model = long();
    model.due();
    press(&mut model, KeyCode::PageUp);
    let read = top_and_bottom(&model);
    for seq in 151..=160 {
        happens(&mut model, "message", &said(seq, 2, &format!("message {seq}")));
        model.due();
    }
    assert_eq!(top_and_bottom(&model), read);
    assert!(screen(&model).contains("10 new below"), "{}", screen(&model));
}

#[test]
fn at_the_top_more_is_loaded_once_and_what_is_read_stays() {
    let mut model = long();
    model.due();
    for _ in 0..10 {
        press(&mut model, KeyCode::PageUp);
    }
    assert_eq!(top_and_bottom(&model).0, "message 101");
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Older(101))]);
    press(&mut model, KeyCode::PageUp);
    assert!(model.due().is_empty(), "it is being loaded already");
    let read = top_and_bottom(&model);
    let older: Vec<_> = (51..=100).map(|seq| serde_json::from_value(said(seq, 2, &format!("message {seq}"))).unwrap()).collect();
    model.update(Update::Answer(CHAT.into(), Answer::Older(Ok((older, false)))));
    assert_eq!(top_and_bottom(&model).1, read.1);
    for _ in 0..10 {
        press(&mut model, KeyCode::PageUp);
    }
    assert_eq!(top_and_bottom(&model).0, "message 51");
    assert!(model.due().is_empty(), "there is no more");
    for _ in 0..20 {
        press(&mut model, KeyCode::PageDown);
    }
    assert_eq!(top_and_bottom(&model).1, "message 150");
}

#[test]
fn a_chosen_message_is_always_on_the_screen() {
    let mut model = long();
    model.size = (80, 12);
    for key in [KeyCode::Up; 49].into_iter().chain([KeyCode::Down; 45]) {
        press(&mut model, key);
        let chosen = format!("message {}", model.chat().selected.unwrap());
        assert!(screen(&model).lines().any(|line| line.contains('▌') && line.contains(&chosen)), "{chosen}\n{}", screen(&model));
    }
}
