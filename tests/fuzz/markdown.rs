//! Markdown: any text renders to allowed elements only, within bounds.

use parlor::domain::markdown::{ALWAYS_ALLOWED, MAX_GROWTH, has_markup, render};
use parlor::domain::text::MessageText;

use crate::inputs::tries;
use crate::support::attacks::markdown_attacks;
use crate::support::rendered_html::text_of_message;

const WORDS: [&str; 98] = [
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "  \n",
    "\\\n",
    " ",
    " ",
    "\t",
    "    ",
    "a",
    "b",
    "é",
    "\u{200b}",
    "\u{202e}",
    "*",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "`",
    "```",
    "\n```\n",
    "\n~~~\n",
    "# ",
    "\n# ",
    "\n===\n",
    "\n---\n",
    "- ",
    "\n- ",
    "\n  - ",
    "\n    - ",
    "1. ",
    "\n7) ",
    "\n    ",
    "> ",
    "\n> ",
    "\n>",
    "[",
    "]",
    "(",
    ")",
    "](",
    "![",
    "[a]",
    "[a]: ",
    "\n[a]: https://b.c\n",
    "<",
    ">",
    "<https://a.b>",
    "<a@b.c>",
    "<foo:bar>",
    "https://",
    "http://a.b",
    "https://a.b/c",
    "https://a@b.c",
    "mailto:a@b.c",
    "javascript:alert(1)",
    "java&#115;cript:",
    "data:text/html,",
    "//a.b",
    "/",
    ":",
    "?c&d",
    "&",
    "&amp;",
    "&lt;",
    "&quot;",
    "&#10;",
    "&#x0;",
    "&Tab;",
    "&nbsp;",
    ";",
    "\"",
    "'",
    "\\",
    "|",
    "|-|-|",
    "<b>",
    "</b>",
    "<script>",
    "</p>",
    "<img src=x onerror=y>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<svg/onload=x>",
    "<div>\n",
    "onclick=\"x\"",
    "=",
    "\u{7f}",
    "\u{fffe}",
];

#[test]
fn text_renders_to_allowed_elements_only() {
    tries("markdown", &WORDS, |input| check(&String::from_utf8_lossy(input)));
}

#[test]
fn attacks_render_to_allowed_elements_only() {
    let attacks = markdown_attacks();
    assert!(attacks.len() >= 500, "{}", attacks.len());
    for attack in attacks {
        assert!(MessageText::parse(&attack).is_ok(), "{attack:?} cannot be sent");
        check(&attack);
        // Beside markup, an attack is rendered even if it is text itself.
        for around in [
            "**a** @",
            "@ **a**",
            "**a**\n\n@\n\n*b*",
            "> @\n\n*a*",
            "- @\n- *a*",
            "*@*",
            "[@](https://a.b)",
            "![@](https://a.b)",
            "[a](@)",
            "**a** <@>",
        ] {
            check(&around.replace('@', &attack));
        }
    }
}

fn check(text: &str) {
    let Some(html) = render(text) else { return };
    assert!(has_markup(text), "{text:?}");
    assert!(html.len() <= (text.len() * MAX_GROWTH).max(ALWAYS_ALLOWED), "{} of {}: {text:?}", html.len(), text.len());
    let shown = text_of_message(&html);
    assert!(!shown.trim().is_empty(), "{text:?} renders to {html}");
}
