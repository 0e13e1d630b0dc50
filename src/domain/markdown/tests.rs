//! Tests of Markdown: each element, what is text, the bounds.

use super::{ALWAYS_ALLOWED, MAX_DEPTH, MAX_GROWTH, render};

const REL: &str = "rel=\"nofollow noopener noreferrer ugc\"";

/// Returns a rendered text in which `A(` stands for the beginning of a link's tag and `)A` for its attributes after the target.
fn html(expected: &str) -> String {
    expected.replace("A(", "<a href=\"").replace(")A", &format!("\" {REL}>"))
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(render(text).as_deref(), Some(html(expected).as_str()), "{text:?}");
    }
}

fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0, 0);
    for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with("br>")) {
        depth = if tag.starts_with('/') { depth - 1 } else { depth + 1 };
        deepest = deepest.max(depth);
    }
    deepest
}

#[test]
fn inline_elements() {
    check(&[
        ("*a*", "<p><em>a</em></p>"),
        ("_a_ b", "<p><em>a</em> b</p>"),
        ("**a** __b__", "<p><strong>a</strong> <strong>b</strong></p>"),
        ("***a***", "<p><em><strong>a</strong></em></p>"),
        ("~~a~~", "<p><del>a</del></p>"),
        ("~~a *b*~~", "<p><del>a <em>b</em></del></p>"),
        ("`a`", "<p><code>a</code></p>"),
        ("`` a`b ``", "<p><code>a`b</code></p>"),
        ("`<b> & \"`", "<p><code>&lt;b&gt; &amp; &quot;</code></p>"),
        ("a_b_c *d*", "<p>a_b_c <em>d</em></p>"),
        ("\\*a\\* *b*", "<p>*a* <em>b</em></p>"),
        ("&lt;b&gt; &copy; *c*", "<p>&lt;b&gt; © <em>c</em></p>"),
        ("~a~ *b*", "<p>~a~ <em>b</em></p>"),
        ("'\" *b*", "<p>'&quot; <em>b</em></p>"),
    ]);
}

#[test]
fn lines_and_paragraphs() {
    check(&[
        ("*a*\nb", "<p><em>a</em><br>b</p>"),
        ("*a*\r\nb\rc", "<p><em>a</em><br>b<br>c</p>"),
        ("*a*  \nb\\\nc", "<p><em>a</em><br>b<br>c</p>"),
        ("*a\nb*", "<p><em>a<br>b</em></p>"),
        ("*a*\n\n\nb", "<p><em>a</em></p><p>b</p>"),
        ("# a", "<p><strong>a</strong></p>"),
        ("###### a #", "<p><strong>a</strong></p>"),
        ("a\n===\nb", "<p><strong>a</strong></p><p>b</p>"),
        ("a\nb\n---", "<p><strong>a<br>b</strong></p>"),
        ("# *a*", "<p><strong><em>a</em></strong></p>"),
    ]);
}

#[test]
fn blocks() {
    check(&[
        ("> a\nb\n> c", "<blockquote><p>a<br>b<br>c</p></blockquote>"),
        ("> a\n>\n> b", "<blockquote><p>a</p><p>b</p></blockquote>"),
        (">> a", "<blockquote><blockquote><p>a</p></blockquote></blockquote>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("* a\n\n* b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("+ a\n  - b\n", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("7) a", "<ol start=\"7\"><li>a</li></ol>"),
        ("0. a", "<ol start=\"0\"><li>a</li></ol>"),
        ("- a\nb", "<ul><li>a<br>b</li></ul>"),
        ("- [ ] a", "<ul><li>[ ] a</li></ul>"),
        ("    a\n     b", "<pre><code>a\n b</code></pre>"),
        ("```rust\na < b\r\n\n*c*\n```", "<pre><code>a &lt; b\n\n*c*\n</code></pre>"),
        ("~~~\na", "<pre><code>a</code></pre>"),
        ("> ```\n> a\n> ```", "<blockquote><pre><code>a\n</code></pre></blockquote>"),
        ("- # a", "<ul><li><p><strong>a</strong></p></li></ul>"),
    ]);
}

#[test]
fn links() {
    check(&[
        ("[a](https://b.c)", "<p>A(https://b.c)Aa</a></p>"),
        ("[a](HTTP://b.c 'title')", "<p>A(HTTP://b.c)Aa</a></p>"),
        ("[a](mailto:b@c.d?subject=e&body=f)", "<p>A(mailto:b@c.d?subject=e&amp;body=f)Aa</a></p>"),
        ("[*a*\n`b`](https://c.d)", "<p>A(https://c.d)A<em>a</em><br><code>b</code></a></p>"),
        ("[a](<https://b.c/d e\\\">)", "<p>A(https://b.c/d%20e%22)Aa</a></p>"),
        ("[a](https://b.c/ü?d=\\\\&amp;e)", "<p>A(https://b.c/ü?d=%5C&amp;e)Aa</a></p>"),
        ("[a][b]\n\n[b]: https://c.d", "<p>A(https://c.d)Aa</a></p>"),
        ("<https://a.b?c&d>", "<p>A(https://a.b?c&amp;d)Ahttps://a.b?c&amp;d</a></p>"),
        ("<a@b.c>", "<p>A(mailto:a@b.c)Aa@b.c</a></p>"),
        ("[](https://a.b)", "<p>A(https://a.b)Ahttps://a.b</a></p>"),
        ("[&#8203;](https://a.b/?c&d)", "<p>A(https://a.b/?c&amp;d)A\u{200b}https://a.b/?c&amp;d</a></p>"),
        ("[https://a.b](https://c.d)", "<p>A(https://c.d)Ahttps://a.b</a></p>"),
        ("[<https://a.b> e](https://c.d)", "<p>A(https://c.d)Ahttps://a.b e</a></p>"),
        ("![a *b* `c`](https://d.e/f.png)", "<p>A(https://d.e/f.png)Aa b c</a></p>"),
        ("![](https://d.e/f.png)", "<p>A(https://d.e/f.png)Ahttps://d.e/f.png</a></p>"),
        ("[![a](https://b.c)](https://d.e)", "<p>A(https://d.e)Aa</a></p>"),
        ("[![](https://b.c)](https://d.e)", "<p>A(https://d.e)Ahttps://d.e</a></p>"),
        ("![a [b](https://c.d) ![e](https://f.g)](https://h.i) *j*", "<p>A(https://h.i)Aa b e</a> <em>j</em></p>"),
    ]);
}

#[test]
fn other_targets_are_their_text() {
    for target in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java&#115;cript:alert(1)",
        "&#1;javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.b",
        "tel:1",
        "//a.b",
        "/a",
        "a",
        "#a",
        "",
        "http:a.b",
        "https:/a.b",
        "https:///a.b",
        "https://",
        "mailto:",
        "https://a.b@c.d",
        "https://a:b@c.d",
        "https://a.b&#92;@c.d",
        "https://a.b/&#9;c",
        "https://a.b/&#x202e;c",
    ] {
        let link = format!("**a** [b]({target}) ![c]({target})");
        assert_eq!(render(&link).as_deref(), Some("<p><strong>a</strong> b c</p>"), "{target}");
        assert_eq!(render(&format!("[b](<{target}>)")), None, "nothing but text: {target}");
    }
    assert_eq!(render("*a* <foo:bar>").as_deref(), Some("<p><em>a</em> foo:bar</p>"));
}

#[test]
fn bare_urls() {
    let link = |url: &str| format!("A({url})A{url}</a>");
    for (text, before, url, after) in [
        ("https://a.b", "", "https://a.b", ""),
        ("see http://a.b/c.", "see ", "http://a.b/c", "."),
        ("(HTTPS://a.b/c_(d)), e", "(", "HTTPS://a.b/c_(d)", "), e"),
        ("看https://a.b/中。x", "看", "https://a.b/中", "。x"),
        ("'https://a.b/?c=[d]'", "'", "https://a.b/?c=[d]", "'"),
        ("https://a.b/c__d__e/__init__.py", "", "https://a.b/c__d__e/__init__.py", ""),
        ("https://a.b/*c*~~d~~**e**f", "", "https://a.b/*c*~~d~~**e**f", ""),
        ("https://a.b/c\\*d&gt;e", "", "https://a.b/c*d", "&gt;e"),
        ("https://a.b:8080#c", "", "https://a.b:8080#c", ""),
        ("https://[::1]/", "", "https://[::1]/", ""),
        ("mail@https://a.b", "mail@", "https://a.b", ""),
        ("https://c@d.e https://a.b", "https://c@d.e ", "https://a.b", ""),
    ] {
        assert_eq!(render(text), Some(html(&format!("<p>{before}{}{after}</p>", link(url)))), "{text}");
    }
    check(&[
        ("https://a.b?c&amp;d", "<p>A(https://a.b?c&amp;d)Ahttps://a.b?c&amp;d</a></p>"),
        ("**https://a.b**", "<p><strong>A(https://a.b)Ahttps://a.b</a></strong></p>"),
        ("https://a.b *c* d", "<p>A(https://a.b)Ahttps://a.b</a> <em>c</em> d</p>"),
        ("https://a.b/*c d*", "<p>A(https://a.b/)Ahttps://a.b/</a><em>c d</em></p>"),
        ("https://a.b\nhttps://c.d", "<p>A(https://a.b)Ahttps://a.b</a><br>A(https://c.d)Ahttps://c.d</a></p>"),
        ("`https://a.b` *c*", "<p><code>https://a.b</code> <em>c</em></p>"),
        ("<i>https://a.b", "<p>&lt;i&gt;A(https://a.b)Ahttps://a.b</a></p>"),
        ("- https://a.b\n- c", "<ul><li>A(https://a.b)Ahttps://a.b</a></li><li>c</li></ul>"),
    ]);
    for text in ["xhttps://a.b", "_https://a.b", "https://", "http://.", "https://@a.b", "ftp://a.b", "https:\\//a.b", "www.a.b", "s://a.b"] {
        assert_eq!(render(text), None, "{text}");
    }
}

#[test]
fn raw_html_tables_and_rules_are_text() {
    check(&[
        ("<b>*a*</b>", "<p>&lt;b&gt;<em>a</em>&lt;/b&gt;</p>"),
        ("**a**\n\n<div onclick=\"b\">\n*c*\n\n*d*", "<p><strong>a</strong></p><p>&lt;div onclick=&quot;b&quot;&gt;<br>*c*</p><p><em>d</em></p>"),
        ("*a* <!-- b\nc -->", "<p><em>a</em> &lt;!-- b<br>c --&gt;</p>"),
        ("<!-- a\n\nb -->\n\n*c*", "<p>&lt;!-- a<br><br>b --&gt;</p><p><em>c</em></p>"),
        ("*a*\n\n---\n\nb", "<p><em>a</em></p><p>---</p><p>b</p>"),
        ("> * * *", "<blockquote><p>* * *</p></blockquote>"),
        ("| *a* | b |\n|-----|---|\n| c | d |", "<p>| <em>a</em> | b |<br>|-----|---|<br>| c | d |</p>"),
    ]);
}

#[test]
fn what_has_no_markup_is_shown_as_typed() {
    for plain in [
        "Hello, world!",
        "a\nb\n\nc",
        "<b>a</b>",
        "<script>alert(1)</script>",
        "---",
        "| a | b |\n|---|---|",
        "¯\\_(ツ)_/¯",
        "&amp; &lt;",
        "a * b * c",
        "2 < 3 > 1",
        "~5 min~",
        "[a](javascript:b)",
        "[a]: https://b.c",
        "#team",
        "+1",
        "-5",
        "1.5",
        "http:",
        "a\\\nb",
    ] {
        assert_eq!(render(plain), None, "{plain}");
    }
}

#[test]
fn markup_that_shows_nothing_is_shown_as_typed() {
    for nothing in ["-", "- ", "1.", ">", "> >", "#", "```\n```", "`\u{200b}`", "**&#8203;**", "> [a]: https://b.c"] {
        assert_eq!(render(nothing), None, "{nothing:?}");
    }
}

#[test]
fn elements_are_nested_eight_deep() {
    check(&[
        (
            "- a\n  - b\n    - c\n      - d *e*\n        - f\n          - g",
            "<ul><li>a<ul><li>b<ul><li>c<ul><li>d e<br>f<br>g</li></ul></li></ul></li></ul></li></ul>",
        ),
        (&format!("{} a\n\n{} b", ">".repeat(9), ">".repeat(7)), &{
            let quotes = |count: usize, text: &str| format!("{}{text}{}", "<blockquote>".repeat(count), "</blockquote>".repeat(count));
            format!("{}{}", quotes(8, "a"), quotes(7, "<p>b</p>"))
        }),
    ]);
    let units = ["> ", "- ", "1. - ", "> - ", "> 1) "];
    let deep = units.map(|unit| unit.repeat(16 * 2 / unit.len().max(3))).into_iter().chain(["*a _b ".repeat(1_200), "[".repeat(8_000)]);
    for text in deep.map(|deep| format!("**a**\n\n{deep} x")) {
        let html = render(&text).unwrap();
        assert!(depth(&html) <= MAX_DEPTH && html.ends_with('>'), "{} deep", depth(&html));
    }
    assert!(render(&format!("{}a", "> ".repeat(16))).is_some());
    assert_eq!(render(&format!("**a**\n{}b", "> ".repeat(17))), None, "a line that nobody types");
    let code = render(&format!("{}    a\n{}    b", "> ".repeat(8), "> ".repeat(8))).unwrap();
    assert_eq!(code.replace("<blockquote>", "").replace("</blockquote>", ""), "a<br>b");
}

#[test]
fn html_is_at_most_four_times_the_text() {
    let uses = |target: &str, count: usize| format!("[a]: https://b.c/{target}\n\n{}", "[a] ".repeat(count));
    let long = [
        uses(&"x".repeat(2_000), 1_500),
        uses("x", 600),
        "\"".repeat(2_000) + " *a*",
        "[a](https://b.c)".repeat(500),
        "`a` ".repeat(10) + &"&".repeat(999),
    ];
    for text in &long {
        assert_eq!(render(text), None, "{}…", &text[..20]);
    }
    for text in [uses("x", 4), "`a`".repeat(2_000), "# a\n\n".repeat(100), "**a** ".repeat(1_300), format!("{}*b*", "\"".repeat(150))] {
        let Some(html) = render(&text) else { continue };
        assert!(html.len() <= (MAX_GROWTH * text.len()).max(ALWAYS_ALLOWED), "{} of {}", html.len(), text.len());
    }
    assert!(render("`a`").is_some(), "a short text may grow more");
}

#[test]
fn many_bare_urls_are_linked_as_far_as_they_fit() {
    let text = "https://a.b/c ".repeat(500);
    let html = render(&text).unwrap();
    assert!(html.len() <= MAX_GROWTH * text.len() && html.ends_with(" https://a.b/c</p>"), "{}", html.len());
    let links = html.matches("<a ").count();
    assert!((200..500).contains(&links), "{links}");
    assert_eq!(html.matches("https://a.b/c").count(), 500 + links, "all of them are there");
}
