//! A person at a terminal: the program in a pseudo-terminal, keys in, a screen out.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use tokio::sync::watch;

use crate::support::TIMEOUT;

/// What a terminal was asked to do besides showing text.
#[derive(Debug, Default)]
pub(crate) struct Deeds(pub(crate) Vec<String>);

impl vt100::Callbacks for Deeds {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell".into());
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.0.push(format!("title {}", String::from_utf8_lossy(title)));
    }

    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, name: &[u8]) {
        self.0.push(format!("icon {}", String::from_utf8_lossy(name)));
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], _: &[u8]) {
        self.0.push("clipboard".into());
    }

    fn resize(&mut self, _: &mut vt100::Screen, _: (u16, u16)) {
        self.0.push("resize".into());
    }

    fn unhandled_control(&mut self, _: &mut vt100::Screen, byte: u8) {
        self.0.push(format!("control {byte}"));
    }

    fn unhandled_char(&mut self, _: &mut vt100::Screen, c: char) {
        self.0.push(format!("character {c:?}"));
    }

    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, byte: u8) {
        self.0.push(format!("escape {byte}"));
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, _: &[&[u8]]) {
        self.0.push("osc".into());
    }

    fn unhandled_csi(&mut self, _: &mut vt100::Screen, first: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        // The program asks to be told whether its window is in front, and to show frames as a whole; 59 is the colour of underlines, which nothing has.
        let asked = [(Some(b'?'), 1004, 'h'), (Some(b'?'), 1004, 'l'), (Some(b'?'), 2026, 'h'), (Some(b'?'), 2026, 'l'), (None, 59, 'm')];
        if !asked.iter().any(|(mark, number, end)| (*mark, &[&[*number][..]][..], *end) == (first, params, c)) {
            self.0.push(format!("csi {params:?} {c}"));
        }
    }
}

type Parser = vt100::Parser<Deeds>;

/// The home directory of a person: what one program keeps, the next one finds.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    place: PathBuf,
    no_color: bool,
}

impl Home {
    /// Creates an empty one.
    pub(crate) fn new() -> Self {
        static HOMES: AtomicU32 = AtomicU32::new(0);
        let name = format!("parlor-terminal-{}-{}", std::process::id(), HOMES.fetch_add(1, Ordering::Relaxed));
        let home = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&home).unwrap();
        Self { place: home, no_color: false }
    }

    /// Asks programs for no colour.
    pub(crate) fn without_color(self) -> Self {
        Self { no_color: true, ..self }
    }

    /// Returns the id and the credential of the one link chat that is kept here.
    pub(crate) fn chat(&self) -> (String, String) {
        let kept = std::fs::read_to_string(self.place.join(".local/state/parlor/default.json")).unwrap();
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        let server = kept["servers"].as_object().unwrap().values().next().unwrap().clone();
        let (id, chat) = server["chats"].as_object().unwrap().iter().next().unwrap();
        (id.clone(), chat["credential"].as_str().unwrap().to_owned())
    }

    /// Starts the program for a server, in a terminal of this size.
    pub(crate) fn runs(&self, server: SocketAddr, words: &[&str], (columns, rows): (u16, u16)) -> Terminal {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_parlor"));
        command.env_clear();
        for (name, value) in [("HOME", self.place.to_str().unwrap()), ("TERM", "xterm-256color"), ("TZ", "UTC")] {
            command.env(name, value);
        }
        if self.no_color {
            command.env("NO_COLOR", "1");
        }
        command.env("PARLOR_SERVER", format!("http://{server}"));
        command.args(words);
        command.cwd(&self.place);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = Parser::new_with_callbacks(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 0, Deeds::default());
        let (parser, (drawn, changes)) = (Arc::new(Mutex::new(parser)), watch::channel(()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shown = parser.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 16_384];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                shown.lock().process(&bytes[..read]);
                drawn.send_replace(());
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { child, master: pair.master, keys, parser, changes }
    }
}

/// A running program with its screen. Dropping it kills the program.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    parser: Arc<Mutex<Parser>>,
    changes: watch::Receiver<()>,
}

impl Terminal {
    /// Presses keys, as the bytes that terminals send for them.
    pub(crate) fn presses(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Writes a message and sends it.
    pub(crate) fn says(&mut self, text: &str) {
        self.presses(text);
        self.presses("\r");
    }

    /// Changes the size of the window.
    pub(crate) fn resizes(&self, (columns, rows): (u16, u16)) {
        self.parser.lock().screen_mut().set_size(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap());
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Waits until the screen shows this text.
    pub(crate) async fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text)).await;
    }

    /// Waits until the screen no longer shows this text.
    pub(crate) async fn hides(&mut self, text: &str) {
        self.until(&format!("no {text}"), |screen| !screen.contents().contains(text)).await;
    }

    /// Waits until the screen is as this says.
    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let changes = &mut self.changes;
        let parser = &self.parser;
        let waiting = async {
            loop {
                changes.borrow_and_update();
                if is_so(parser.lock().screen()) {
                    return;
                }
                if changes.changed().await.is_err() {
                    assert!(is_so(parser.lock().screen()), "the program has ended without {what:?}:\n{}", parser.lock().screen().contents());
                    return;
                }
            }
        };
        let done = tokio::time::timeout(TIMEOUT, waiting).await;
        assert!(done.is_ok(), "the screen never shows {what:?}:\n{}", self.screen());
    }

    /// Returns the screen as text.
    pub(crate) fn screen(&self) -> String {
        self.parser.lock().screen().contents()
    }

    /// Looks at the screen, and at what the terminal was asked to do.
    pub(crate) fn looks<T>(&self, look: impl FnOnce(&vt100::Screen, &Deeds) -> T) -> T {
        let parser = self.parser.lock();
        look(parser.screen(), parser.callbacks())
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> String {
        self.child.process_id().unwrap().to_string()
    }

    /// Waits until the program has ended.
    pub(crate) async fn ends(mut self) -> (ExitStatus, Arc<Mutex<Parser>>) {
        let parser = self.parser.clone();
        // The reader stops where the program has closed the terminal.
        let end = async { while self.changes.changed().await.is_ok() {} };
        tokio::time::timeout(TIMEOUT, end).await.expect("the program does not end");
        (self.child.wait().unwrap(), parser)
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
    }
}
