//! Bodies of webhooks: the event as JSON, or one line of text.
//!
//! The text is of other people: nothing in it addresses everybody in a channel, loads anything, or hides where a link leads.

use serde::Serialize;

use super::present::Present;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::media::Media;
use crate::domain::message::Message;
use crate::domain::plain_line::plain_line;
use crate::domain::text::Title;
use crate::domain::webhook::WebhookFormat;
use crate::service::notify::webhook::{WebhookBodies, WebhookBody};
use crate::wire;

/// The most characters of a line. Receivers such as ntfy keep up to 4,096 bytes as text.
const MAX_LINE_CHARS: usize = 1_000;

/// Separates what some receivers would read as one mark. It has no width.
const SEPARATOR: char = '\u{200b}';

impl WebhookBodies for Present {
    fn body(&self, chat: ChatId, title: Option<&Title>, entry: &Entry, format: WebhookFormat) -> WebhookBody {
        let line = || line(title, &entry.event);
        match format {
            WebhookFormat::Json => {
                let (kind, data) = self.entry(chat, entry);
                json(&wire::webhooks::WebhookMessage { kind, timestamp: self.time(entry.at), data })
            }
            WebhookFormat::Slack => json(&wire::webhooks::SlackMessage { text: inert(&line()) }),
            WebhookFormat::Plain => WebhookBody { content_type: "text/plain; charset=utf-8", bytes: line().into_bytes() },
        }
    }
}

fn json(value: &impl Serialize) -> WebhookBody {
    // What is presented has text keys only, so it can always be written.
    WebhookBody { content_type: "application/json", bytes: serde_json::to_vec(value).unwrap_or_default() }
}

/// Describes an event in one line.
fn line(title: Option<&Title>, event: &Event) -> String {
    let title = |before: &str| title.map(|title| format!(" {before} \"{}\"", title.as_str())).unwrap_or_default();
    let line = match event {
        Event::Knock(knock) => {
            let note = knock.note.as_ref().map(|note| format!(": {}", note.as_str())).unwrap_or_default();
            format!("{} knocks{}{note}", knock.display_name().as_str(), title("at"))
        }
        Event::Message(message) => {
            let author = message.member.as_ref().map_or("A visitor", |member| member.name.as_str());
            format!("{author}{}: {}", title("in"), content(message))
        }
        _ => String::new(),
    };
    plain_line(&line, MAX_LINE_CHARS)
}

fn content(message: &Message) -> String {
    let media = message.media().map(|media| match media {
        Media::Image(image) => format!("[image] {}", image.url.as_str()),
        Media::Video(video) => format!("[video] {}", video.url().as_str()),
    });
    let text = message.text.as_ref().map(|text| text.as_str().to_owned());
    media.into_iter().chain(text).collect::<Vec<_>>().join(" ")
}

/// Returns a line as receivers that read Slack's or Mattermost's markup show it: as it is, without mentions, images and named links.
fn inert(line: &str) -> String {
    let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('@', &format!("@{SEPARATOR}")).replace("](", &format!("]{SEPARATOR}(")).replace("][", &format!("]{SEPARATOR}["))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_178_text_for_slack_has_no_mention_no_image_and_no_named_link() {
        assert_eq!(inert("<!channel> & <https://evil|bank>"), "&lt;!channel&gt; &amp; &lt;https://evil|bank&gt;");
        assert_eq!(inert("@everyone a@b.c"), "@\u{200b}everyone a@\u{200b}b.c");
        assert_eq!(
            inert("![x](https://evil/pixel) [bank](https://evil) [bank][1]"),
            "![x]\u{200b}(https://evil/pixel) [bank]\u{200b}(https://evil) [bank]\u{200b}[1]"
        );
    }
}
