//! Being in a chat without a screen: prints what arrives, sends the lines of stdin.

use std::io::BufRead as _;

use tokio::sync::mpsc;

use super::context::{Context, Room};
use super::failure::Failure;
use super::follow::{self, Follower};
use crate::wire::messages::{Message, NewMessage};

/// How many messages are shown at the beginning.
const LAST_MESSAGES: usize = 20;

/// Enters a chat; returns after it has ended.
pub async fn enter(context: &Context, room: &Room) -> Result<(), Failure> {
    context.use_last(room)?;
    let mut follower = Follower::default();
    follower.add_chat(room, LAST_MESSAGES).await?;
    let mut lines = read_lines();
    let mut is_open = true;
    loop {
        tokio::select! {
            news = follower.next() => match news {
                Some(news) => drop(follow::print(context, news, false)?),
                None => return Ok(()),
            },
            line = lines.recv(), if is_open => match line {
                Some(line) => post(context, room, line).await,
                None => is_open = false,
            },
        }
    }
}

/// Sends a line. What is refused is told, and the next line may be better.
async fn post(context: &Context, room: &Room, line: String) {
    let message = NewMessage { text: Some(line), ..NewMessage::default() };
    if let Err(error) = room.client.create::<Message>(&room.path(), &message).await {
        context.output.warn(&Failure::from(error).sentence);
    }
}

/// Reads the lines of stdin on a thread of their own, which ends with the program. Empty lines are no messages.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        for line in lines.filter(|line| !line.trim().is_empty()) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
