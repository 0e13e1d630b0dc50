//! What was said: the last messages of a chat.

use super::context::Room;
use crate::client::ClientError;
use crate::wire::chats::ChatPage;

/// The most messages of a page.
pub const PAGE: usize = 200;

/// Reads the chat with its last `count` messages.
pub async fn last_messages(room: &Room, count: usize) -> Result<ChatPage, ClientError> {
    let size = count.clamp(1, PAGE);
    let mut page: ChatPage = room.client.get(&format!("{}?limit={size}", room.path())).await?;
    while page.messages.len() < count && page.has_more {
        let Some(first) = page.messages.first().map(|message| message.seq) else { break };
        let size = (count - page.messages.len()).min(PAGE);
        let before: ChatPage = room.client.get(&format!("{}?limit={size}&before={first}", room.path())).await?;
        if before.messages.is_empty() {
            break;
        }
        page.has_more = before.has_more;
        page.messages.splice(0..0, before.messages);
    }
    let surplus = page.messages.len().saturating_sub(count);
    page.messages.drain(..surplus);
    Ok(page)
}
