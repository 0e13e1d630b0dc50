//! What a key means: by what it acts on.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::model::Mode;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after what the help says of them")]
pub enum Action {
    Quit,
    Help,
    Close,
    LetIn,
    Decline,
    Chats,
    People,
    Link,
    NextChat,
    PreviousChat,
    Retry,
    TakeBack,
    PageUp,
    PageDown,
    Up,
    Down,
    First,
    Last,
    Confirm,
    Reply,
    Edit,
    Delete,
    React,
    /// One of the reactions that are offered.
    Pick(usize),
    Send,
    Write(Write),
}

/// What a key does to the text being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after what they do")]
pub enum Write {
    Insert(char),
    Backspace,
    Delete,
    DeleteWord,
    DeleteToLineStart,
    Left,
    Right,
    Home,
    End,
}

/// The keys as the help lists them.
pub const HELP: [(&str, &str); 25] = [
    ("Enter", "send"),
    ("Alt+Enter, Ctrl+J", "new line"),
    ("Up", "choose a message"),
    ("  r, Enter", "  reply to it"),
    ("  e", "  edit it"),
    ("  d", "  delete it"),
    ("  +", "  react to it"),
    ("  Esc", "  back to writing"),
    ("PageUp, PageDown", "scroll"),
    ("Tab", "all chats"),
    ("Alt+Down, Alt+Up", "next, previous chat"),
    ("Ctrl+P", "people"),
    ("Ctrl+O", "the link to share"),
    ("Ctrl+Y", "let in who knocks"),
    ("Ctrl+N", "decline who knocks"),
    ("Ctrl+R", "send again what was refused"),
    ("Ctrl+X", "take back what was refused"),
    ("Esc", "end a reply or an edit"),
    ("Ctrl+A, Ctrl+E", "start, end of the line"),
    ("Ctrl+W, Ctrl+U", "delete a word, a line"),
    ("Ctrl+C, Ctrl+Q", "quit"),
    ("", ""),
    ("…", "on its way"),
    ("✓, ✓✓, ✓✓ read", "sent, delivered, read"),
    ("?", "this help; again: a ?"),
];

/// Returns what a key does; none, if nothing.
#[must_use]
pub fn action(mode: Mode, nothing_written: bool, key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    anywhere(key).or_else(|| match mode {
        Mode::Writing => writing(nothing_written, key),
        Mode::Selecting => selecting(key),
        Mode::Reacting => Some(reacting(key)),
        Mode::Deleting => Some(if matches!(key.code, KeyCode::Char('y' | 'd') | KeyCode::Enter) { Action::Confirm } else { Action::Close }),
        Mode::Chats(_) | Mode::People(_) => list(key),
        Mode::Help(_) => Some(help(key)),
        Mode::Link => Some(Action::Close),
    })
}

fn anywhere(key: KeyEvent) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char('c' | 'q') if control => Action::Quit,
        KeyCode::Char('y') if control => Action::LetIn,
        KeyCode::Char('n') if control => Action::Decline,
        KeyCode::Char('p') if control => Action::People,
        KeyCode::Char('o') if control => Action::Link,
        KeyCode::Char('r') if control => Action::Retry,
        KeyCode::Char('x') if control => Action::TakeBack,
        KeyCode::F(1) => Action::Help,
        KeyCode::PageUp => Action::PageUp,
        KeyCode::PageDown => Action::PageDown,
        KeyCode::Down if alt => Action::NextChat,
        KeyCode::Up if alt => Action::PreviousChat,
        KeyCode::Tab => Action::Chats,
        _ => return None,
    })
}

fn writing(nothing_written: bool, key: KeyEvent) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    Some(match key.code {
        KeyCode::Char('?') if nothing_written => Action::Help,
        KeyCode::Enter if alt || shift => Action::Write(Write::Insert('\n')),
        KeyCode::Char('j') if control => Action::Write(Write::Insert('\n')),
        KeyCode::Enter => Action::Send,
        KeyCode::Esc => Action::Close,
        KeyCode::Up => Action::Up,
        KeyCode::Down => Action::Down,
        KeyCode::Backspace if alt || control => Action::Write(Write::DeleteWord),
        KeyCode::Char('w') if control => Action::Write(Write::DeleteWord),
        KeyCode::Char('u') if control => Action::Write(Write::DeleteToLineStart),
        KeyCode::Backspace => Action::Write(Write::Backspace),
        KeyCode::Char('h') if control => Action::Write(Write::Backspace),
        KeyCode::Delete => Action::Write(Write::Delete),
        KeyCode::Left => Action::Write(Write::Left),
        KeyCode::Right => Action::Write(Write::Right),
        KeyCode::Home => Action::Write(Write::Home),
        KeyCode::Char('a') if control => Action::Write(Write::Home),
        KeyCode::End => Action::Write(Write::End),
        KeyCode::Char('e') if control => Action::Write(Write::End),
        KeyCode::Char(c) if !control && !alt => Action::Write(Write::Insert(c)),
        _ => return None,
    })
}

fn selecting(key: KeyEvent) -> Option<Action> {
    Some(match key.code {
        KeyCode::Up | KeyCode::Char('k') => Action::Up,
        KeyCode::Down | KeyCode::Char('j') => Action::Down,
        KeyCode::Home | KeyCode::Char('g') => Action::First,
        KeyCode::End | KeyCode::Char('G') => Action::Last,
        KeyCode::Enter | KeyCode::Char('r') => Action::Reply,
        KeyCode::Char('e') => Action::Edit,
        KeyCode::Char('d') | KeyCode::Delete => Action::Delete,
        KeyCode::Char('+' | 'a') => Action::React,
        KeyCode::Char('?') => Action::Help,
        KeyCode::Esc | KeyCode::Char('q') => Action::Close,
        _ => return None,
    })
}

fn reacting(key: KeyEvent) -> Action {
    match key.code {
        KeyCode::Char(digit @ '1'..='8') => Action::Pick(digit as usize - '1' as usize),
        KeyCode::Char(c) if !c.is_ascii() => Action::Write(Write::Insert(c)),
        _ => Action::Close,
    }
}

fn list(key: KeyEvent) -> Option<Action> {
    Some(match key.code {
        KeyCode::Up | KeyCode::Char('k') => Action::Up,
        KeyCode::Down | KeyCode::Char('j') => Action::Down,
        KeyCode::Home | KeyCode::Char('g') => Action::First,
        KeyCode::End | KeyCode::Char('G') => Action::Last,
        KeyCode::Enter => Action::Confirm,
        KeyCode::Char('?') => Action::Help,
        KeyCode::Esc | KeyCode::Char('q') => Action::Close,
        _ => return None,
    })
}

fn help(key: KeyEvent) -> Action {
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => Action::Up,
        KeyCode::Down | KeyCode::Char('j') => Action::Down,
        KeyCode::Char('?') => Action::Write(Write::Insert('?')),
        _ => Action::Close,
    }
}
