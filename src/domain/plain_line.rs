//! Text of users as one line, for receivers that show text without a frame of their own.

use super::characters::is_line_or_bidi;

/// Returns a text as one line of at most `max` characters: white space, line breaks, control and bidi characters become single spaces.
#[must_use]
pub fn plain_line(text: &str, max: usize) -> String {
    let is_space = |c: char| c.is_whitespace() || c.is_control() || is_line_or_bidi(c);
    let words: Vec<_> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(max) {
        None => line,
        Some(_) => line.chars().take(max - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_line_without_control_characters() {
        assert_eq!(plain_line(" Let me\r\n\tin\u{2028}now\u{1b}[31m \u{202e}abc\u{0} 👩\u{200d}🚀 ", 100), "Let me in now [31m abc 👩\u{200d}🚀");
        assert_eq!(plain_line("\n\u{7f}\u{85}", 100), "");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(plain_line("éééé", 4), "éééé");
        assert_eq!(plain_line("ééééé", 4), "ééé…");
    }
}
