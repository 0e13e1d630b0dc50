//! A link chat between two terminals: open, knock, let in, talk, close.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::support::{TestServer, within};
use crate::terminal::Terminal;

/// A command that runs, line by line.
struct Running {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(person: &Terminal, args: &[&str]) -> Self {
        let mut child = person.start(args);
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, out, err }
    }

    async fn types(&mut self, line: &str) {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn shows(&mut self) -> String {
        within(self.out.next_line()).await.unwrap().unwrap()
    }

    /// Waits for a line of talk with these words.
    async fn says(&mut self, words: &str) -> String {
        loop {
            let line = within(self.err.next_line()).await.unwrap().unwrap_or_else(|| panic!("{words:?} was not said"));
            if line.contains(words) {
                return line;
            }
        }
    }
}

#[tokio::test]
async fn a_guest_knocks_is_let_in_and_both_talk() {
    let server = TestServer::start().await;
    let [ana, ben] = [Terminal::new(server.address), Terminal::new(server.address)];
    let mut owner = Running::start(&ana, &["open", "Sunday", "--name", "Ana"]);
    let url = owner.shows().await;
    let mut guest = Running::start(&ben, &["knock", &url, "--name", "Ben", "--note", "it is me"]);
    let code = guest.says("two words").await.rsplit_once(": ").unwrap().1.to_owned();
    let told = owner.says("Ben knocks").await;
    assert!(told.contains(&code) && told.contains("it is me"), "{told}");
    let listed = ana.does(&["door"]).await;
    assert_eq!(listed, format!("  1  Ben  {code}  \"it is me\"\n"));
    ana.does(&["door", "--let-in", "1"]).await;
    guest.says("You are in").await;
    guest.types("hello").await;
    assert_eq!((guest.shows().await, owner.shows().await), ("[3] Ben: hello".to_owned(), "[3] Ben: hello".to_owned()));
    owner.types("welcome").await;
    assert_eq!((guest.shows().await, owner.shows().await), ("[4] Ana: welcome".to_owned(), "[4] Ana: welcome".to_owned()));
    // The guest's own commands find the chat by the link that they have.
    ben.does(&["send", &url, "by the link"]).await;
    assert_eq!(owner.shows().await, "[5] Ben: by the link");
    // A third comes and is removed: that ends nothing for the others.
    let other = Terminal::new(server.address);
    other.does(&["knock", &url, "--name", "Cleo", "--detach"]).await;
    ana.does(&["door", "--let-in", "all"]).await;
    let mut removed = Running::start(&other, &["tail", &url, "-n", "1"]);
    removed.shows().await;
    ana.does(&["people", "-", "--remove", "Cleo"]).await;
    removed.says("You are no longer in Sunday").await;
    assert!(within(removed.child.wait()).await.unwrap().success());
    ana.does(&["close", "Sunday"]).await;
    for running in [&mut owner, &mut guest] {
        running.says("has ended").await;
        assert!(within(running.child.wait()).await.unwrap().success());
    }
}

#[tokio::test]
async fn a_guest_is_declined_with_a_reason() {
    let server = TestServer::start().await;
    let [ana, ben] = [Terminal::new(server.address), Terminal::new(server.address)];
    let url = ana.does(&["open", "--detach"]).await;
    let mut guest = Running::start(&ben, &["knock", url.trim(), "--name", "Ben"]);
    let code = guest.says("two words").await.rsplit_once(": ").unwrap().1.to_owned();
    ana.does(&["door", "--decline", &code, "--reason", "we are full"]).await;
    guest.says("You were not let in (we are full)").await;
    assert_eq!(within(guest.child.wait()).await.unwrap().code(), Some(3));
    ben.run(&["read", url.trim()]).await.fails(3, "not let in");
}

/// A number means who had it when the list was shown.
#[tokio::test]
async fn a_number_of_the_list_is_not_the_next_guests() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    let url = ana.does(&["open", "--detach"]).await;
    let guests = [Terminal::new(server.address), Terminal::new(server.address)];
    for (guest, name) in guests.iter().zip(["Ben", "Cleo"]) {
        guest.does(&["knock", url.trim(), "--name", name, "--detach"]).await;
    }
    ana.run(&["door", "--let-in", "1"]).await.fails(3, "see `parlor door`");
    assert_eq!(ana.does(&["door"]).await.lines().count(), 2);
    let pending = ana.json(&["door"]).await;
    ana.does(&["door", "--decline", pending[0]["code"].as_str().unwrap()]).await;
    ana.run(&["door", "--let-in", "1"]).await.fails(1, "was decided differently");
    ana.does(&["door", "--let-in", "2"]).await;
    assert_eq!(ana.does(&["people", "-"]).await, "  1  Owner (owner)\n  2  Cleo\n");
}
