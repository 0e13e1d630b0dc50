//! The attack strings of `tests/data`.

/// Returns the attacks on what renders Markdown and HTML; the first line of the file describes its form.
///
/// # Panics
/// If the file has an unknown escape.
pub fn markdown_attacks() -> Vec<String> {
    let file = include_str!("../data/markdown_attacks.txt");
    file.lines().filter(|line| !line.starts_with('#')).map(unescaped).collect()
}

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let (kind, after) = after.split_at(1);
        rest = after;
        text.push(match kind {
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "\\" => '\\',
            "u" => {
                let (code, after) = after.strip_prefix('{').and_then(|code| code.split_once('}')).expect("an escape has the form \\u{…}");
                rest = after;
                u32::from_str_radix(code, 16).ok().and_then(char::from_u32).expect("an escape names a character")
            }
            other => panic!("unknown escape \\{other} in {line}"),
        });
    }
    text + rest
}
