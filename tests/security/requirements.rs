//! The rows of the security requirements as `docs/security.md` lists them; which are tested follows from the existing tests.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use syn::visit::{self, Visit};

use crate::support::files::{files, files_of};

/// For a row without a test: still to be shown.
const TEST: &str = "not shown yet";
/// Its check is a measurement of time, or needs scale.
const BENCH: &str = "measured";

/// A row: its number, its text, and how it is shown while no test has its number.
type Row = (u16, &'static str, &'static str);

/// A section of the README's table: its name and its rows.
type Section = (&'static str, &'static [Row]);

const LISTED: [Section; 12] = [
    ("Addresses and links", ADDRESSES),
    ("Being let in", ADMISSION),
    ("Signing in", SIGNING_IN),
    ("Rights", RIGHTS),
    ("HTTP and streams", PROTOCOL),
    ("Limits and overload", LIMITS),
    ("Browsers", BROWSERS),
    ("Accounts among each other", ACCOUNTS),
    ("Requests to other servers", OUTBOUND),
    ("Mail", MAIL),
    ("Webhooks", WEBHOOKS),
    ("Running it", RUNNING),
];

const SIGNING_IN: &[Row] = &[
    (40, "passwords are long, not common, and not cut", TEST),
    (41, "passwords are hashed with Argon2id", TEST),
    (42, "hashing is bounded, and others do not feel it", TEST),
    (43, "an unknown name and a wrong password are answered alike", TEST),
    (44, "who asks for mail, or signs up often, learns of no account", TEST),
    (45, "guessing passwords is slowed down, and locks nobody out", TEST),
    (46, "tokens are kept as digests", TEST),
    (47, "each sign-in has new tokens", TEST),
    (48, "signing out ends tokens and streams at once", TEST),
    (49, "refresh tokens rotate, and a spent one ends its session", TEST),
    (50, "tabs that refresh at once stay signed in", TEST),
    (51, "only our own access tokens are accepted", TEST),
    (52, "only accounts are asked to authenticate", TEST),
    (53, "tokens in mails work once, and a look at them spends nothing", TEST),
    (54, "no token is accepted in a query", TEST),
    (55, "sensitive changes need the password or a recent sign-in", TEST),
    (56, "people see and end their sessions", TEST),
];

const ADDRESSES: &[Row] = &[
    (1, "ids are long, random, of one form", TEST),
    (2, "looking at a link changes nothing", TEST),
    (3, "whatever is wrong with a link, the answer is one", TEST),
    (4, "guessing ids is slowed down, by address", TEST),
    (5, "links are revoked one by one and at once, and expire", TEST),
    (6, "a link lets in as many as it says", TEST),
    (7, "no answer sends a referrer on", TEST),
    (8, "robots stay out of links and chats", TEST),
    (9, "no cache keeps an answer", TEST),
    (10, "a link's page tells nothing of its chat", TEST),
    (11, "ids leave neither by referrer nor by log", TEST),
    (12, "nothing redirects elsewhere", TEST),
    (13, "no order of calls opens a chat without its owner", TEST),
    (14, "a link acts on its own chat alone", TEST),
];

const ADMISSION: &[Row] = &[
    (20, "a foreign page makes no visitor knock", TEST),
    (21, "the owner of that chat decides, and nobody else", TEST),
    (22, "who waits sees nothing", TEST),
    (23, "what the owner sees of a guest is no credential", TEST),
    (24, "pending knocks are limited by address, link and chat", TEST),
    (25, "a crowd at the door does not hold up the talk", BENCH),
    (26, "knocks expire, are withdrawn, are declined for a while", TEST),
    (27, "deciding again changes nothing", TEST),
    (28, "names that deceive are refused or flagged", TEST),
    (29, "a guest's credential is never the owner's to see", TEST),
    (30, "a removed member loses access at once", TEST),
    (31, "the owner closes the chat, and cannot leave it", TEST),
];

const RIGHTS: &[Row] = &[
    (60, "every operation has an answer for everybody", TEST),
    (61, "ids in bodies are judged as those in paths", TEST),
    (62, "a change of rights reaches open streams", TEST),
    (63, "an old position brings a removed member nothing", TEST),
    (64, "nobody sets what is the server's", TEST),
    (65, "edits are the author's", TEST),
    (66, "a blocked person learns nothing", TEST),
    (67, "receipts are one's own, and presence is for members", TEST),
    (68, "what watches the program has a door of its own", TEST),
];

const PROTOCOL: &[Row] = &[
    (80, "no text leaves its event", TEST),
    (81, "a position that is none leads to the head", TEST),
    (82, "streams are not stored, changed or compressed", TEST),
    (83, "streams speak at once and say that they live", TEST),
    (84, "streams end with a last word, and then there is nothing", TEST),
    (85, "no cache keeps what a credential opened", TEST),
    (86, "no request hides in another one", TEST),
    (87, "methods and types are what they say", TEST),
    (88, "errors have one form and tell nothing", TEST),
    (89, "answers do not say what made them", TEST),
    (90, "another way to write a path opens nothing", TEST),
    (91, "WebSockets keep to their origin, their size, their time", TEST),
    (92, "odd headers open nothing and lead nowhere", TEST),
];

const LIMITS: &[Row] = &[
    (100, "bodies are cut where they are too large", TEST),
    (101, "text cannot climb, flood, or take long to read", TEST),
    (102, "heads and addresses have a length", TEST),
    (103, "silent and dripping connections end", TEST),
    (104, "who does not read is cut off, and costs little", TEST),
    (105, "hostile HTTP/2 is cut off, and costs little", TEST),
    (106, "each address has its share", TEST),
    (107, "nobody claims another's address", TEST),
    (108, "counting everybody has a bound itself", TEST),
    (109, "everything has a bound", TEST),
    (110, "a full node refuses, and goes on", TEST),
    (111, "new chats are counted by address", TEST),
    (112, "messages are counted by member and by chat", TEST),
    (113, "under load the talk goes first", TEST),
    (114, "long lists come in parts", TEST),
    (115, "packed bodies are refused", TEST),
    (116, "running out of files ends nothing", TEST),
    (117, "no input keeps the program busy for long", BENCH),
];

const BROWSERS: &[Row] = &[
    (130, "pages run nothing but their own", TEST),
    (131, "pages keep to themselves", TEST),
    (132, "other origins get in by name alone", TEST),
    (133, "cookies cannot be ridden", "with cookies"),
    (134, "there are no cookies", TEST),
    (135, "formatted text is harmless", TEST),
    (136, "text is shown as text", "with the web client"),
    (137, "text from others stays in its place", "with the web client"),
    (138, "attachments cannot act", "with attachments"),
    (139, "the page keeps nothing behind, and a push opens its own pages only", TEST),
];

const ACCOUNTS: &[Row] = &[
    (150, "usernames are plain, and none looks like a reserved one", TEST),
    (151, "a username is given once", TEST),
    (152, "names are shown with what is unique, and guests as guests", TEST),
    (153, "only accounts search accounts, in pages, and some are not found", TEST),
    (154, "friend requests are few, and a rejection is quiet", TEST),
    (155, "leaving, blocking and reporting are never far", TEST),
    (156, "the names of groups are unique, and a group by invitation is known to its members alone", TEST),
];

const OUTBOUND: &[Row] = &[
    (170, "pushes go to push services, and to no other host", TEST),
    (171, "only addresses that may be reached are connected to, and only those that were checked", TEST),
    (172, "no receiver redirects, floods or holds up the server, and none is described", TEST),
    (173, "receivers that fail are left alone for a while, and what waits is limited", TEST),
    (174, "a push subscription is its holder's, and ends with their session", TEST),
    (175, "the keys of browsers are points of the curve, and ours is for its owner alone", TEST),
];

const WEBHOOKS: &[Row] =
    &[(177, "no URL in a message is called", TEST), (178, "webhooks name public hosts, are signed, and tell nothing of the server", TEST)];

const MAIL: &[Row] = &[(176, "a mail has one recipient and no text of others in its head", TEST)];

const RUNNING: &[Row] = &[
    (190, "the log holds no secret and no words", TEST),
    (191, "nobody writes into the log's lines", TEST),
    (192, "metrics are not for everybody", TEST),
    (193, "it runs with few rights", "with containers"),
    (194, "it starts safely, or not", TEST),
    (195, "its database lets it do little", "with several nodes"),
    (196, "what it is built from is known", "with releases"),
    (197, "there is a way to report a fault", TEST),
    (198, "what is deleted is gone", TEST),
    (199, "a panic is an answer, and spoils nothing", TEST),
];

const DOCUMENT: &str = "docs/security.md";
const BEGIN: &str = "<!-- security -->\n";
const END: &str = "<!-- /security -->";

/// Returns the numbers of the rows that have tests.
fn tested() -> BTreeSet<u16> {
    let mut found = Names(Vec::new());
    for file in ["tests/security", "src"].into_iter().flat_map(files) {
        found.visit_file(&syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap());
    }
    let in_browsers = files_of("tests/browser", &["mjs"]).into_iter().filter(|file| file.to_string_lossy().ends_with(".test.mjs"));
    let in_browsers: String = in_browsers.map(|file| fs::read_to_string(file).unwrap()).collect();
    found.0.iter().flat_map(|name| numbers(name)).chain(browser_numbers(&in_browsers)).collect()
}

/// Returns the numbers at the beginning of browser test names: `scene('SEC-136 SEC-137 text is shown as text', …)` on one line, or the name alone.
fn browser_numbers(text: &str) -> impl Iterator<Item = u16> {
    let called = |line: &str| ["test(", "scene(", ""].iter().find_map(|call| line.strip_prefix(call)?.strip_prefix(['\'', '`']).map(str::to_owned));
    let names = text.lines().filter_map(move |line| called(line.trim_start()));
    names.flat_map(|name| name.split(' ').map_while(|word| word.strip_prefix("SEC-")?.parse().ok()).collect::<Vec<_>>())
}

/// Returns the numbers that a test's name begins with.
fn numbers(name: &str) -> impl Iterator<Item = u16> {
    let mut words = name.split('_');
    std::iter::from_fn(move || (words.next()? == "sec").then(|| words.next()?.parse().ok())?)
}

/// The names of test functions, and of those that `on_both_paths!` turns into tests.
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test");
        if function.attrs.iter().any(is_test) {
            self.0.push(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if item.mac.path.is_ident("on_both_paths") {
            let named = item.mac.tokens.clone().into_iter().filter_map(|token| match token {
                proc_macro2::TokenTree::Ident(name) => Some(name.to_string()),
                _ => None,
            });
            self.0.extend(named);
        }
    }
}

fn table() -> String {
    let tested = tested();
    let mut text = String::from("| Row | What holds | Shown |\n|---|---|---|\n");
    for (section, rows) in LISTED {
        writeln!(text, "| | **{section}** | |").unwrap();
        for (number, words, untested) in rows {
            let how = if tested.contains(number) { "tested" } else { untested };
            writeln!(text, "| {number:03} | {words} | {how} |").unwrap();
        }
    }
    text
}

#[test]
fn tests_in_browsers_count_by_the_numbers_before_their_words() {
    let text = "test('SEC-136 text is shown', async () => {\n  test('SEC-137 SEC-139 it stays', x);\ntest('a page SEC-130', x);\n// test('SEC-010 once', x);\nscene(`SEC-134 ${x}`);\nscene(\n  'SEC-025 y',\n";
    assert_eq!(browser_numbers(text).collect::<Vec<_>>(), [136, 137, 139, 134, 25]);
}

#[test]
fn every_numbered_test_is_of_a_row() {
    let all: Vec<u16> = LISTED.iter().flat_map(|(_, rows)| rows.iter().map(|(number, ..)| *number)).collect();
    let rows: BTreeSet<u16> = all.iter().copied().collect();
    assert_eq!(rows.len(), all.len(), "a number occurs twice");
    assert!(all.is_sorted(), "rows are sorted");
    let unlisted: Vec<_> = tested().into_iter().filter(|number| !rows.contains(number)).collect();
    assert!(unlisted.is_empty(), "tests have the numbers {unlisted:?}, which are not in the table");
}

/// The document's table is derived from the tests: when one is removed, this fails until the document says so.
#[test]
#[expect(clippy::disallowed_methods, reason = "the variable controls whether to write, and is not a setting of the program")]
fn the_document_lists_what_is_withstood() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("docs/security.md has a place for the table");
    let (_, after) = rest.split_once(END).expect("docs/security.md closes the table");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("PARLOR_WRITE").is_some() {
        fs::write(DOCUMENT, &wanted).unwrap();
    } else {
        assert!(document == wanted, "docs/security.md is stale: write it with PARLOR_WRITE=1 cargo test --test security the_document_lists");
    }
}
