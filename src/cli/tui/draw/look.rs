//! How parts of the screen look. Colour repeats what the characters or the weight say already, and is left out with `NO_COLOR`.

use ratatui::style::{Color, Modifier, Style};

/// A part of the screen, by what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Text.
    #[default]
    Plain,
    /// The name of an author; the open chat in the list.
    Strong,
    /// Times, hints, what was quoted.
    Faint,
    /// What happened to the chat.
    Notice,
    /// What waits for an answer: the door, unread messages.
    Alert,
    /// What failed.
    Failure,
    /// A code that cameras read: light on dark, or without colour as the terminal is.
    Code,
    /// The header, and what is chosen.
    Reversed,
}

impl Look {
    /// Returns the style of this part.
    #[must_use]
    pub const fn style(self, colour: bool) -> Style {
        let plain = Style::new();
        let (modifier, foreground) = match self {
            Self::Strong => (Modifier::BOLD, None),
            Self::Faint => (Modifier::DIM, None),
            Self::Notice => (Modifier::DIM, Some(Color::Cyan)),
            Self::Alert => (Modifier::BOLD, Some(Color::Yellow)),
            Self::Failure => (Modifier::BOLD, Some(Color::Red)),
            Self::Code if colour => return plain.fg(Color::White).bg(Color::Black),
            Self::Plain | Self::Code => return plain,
            Self::Reversed => (Modifier::REVERSED, None),
        };
        match foreground {
            Some(foreground) if colour => plain.add_modifier(modifier).fg(foreground),
            _ => plain.add_modifier(modifier),
        }
    }
}
