//! Pagination parameters of queries: sequence numbers, cursors, limits.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::domain::chat_item::{ChatPosition, RecentPage};
use crate::domain::clock::Timestamp;
use crate::domain::id::ChatId;
use crate::domain::pagination::{LogRange, MAX_PAGE_SIZE, NamedPage, NumberedPage, Page, PageRequest};
use crate::domain::username::Username;
use crate::http::respond::problem::Problem;
use crate::http::respond::streamed_json::take_fitting;
use crate::wire;
use crate::wire::lists::List;

/// Messages of a page by its number, unless the request says otherwise.
const DEFAULT_PER_PAGE: u64 = 50;

/// Pagination parameters of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct LogQuery {
    /// Return entries after this sequence number.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// Return entries before this sequence number.
    #[param(value_type = Option<u64>)]
    before: Option<String>,
    /// Maximum number of entries, up to 200; a page has fewer if they are long, see `has_more`. Alone or with `before`, the most recent ones.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl LogQuery {
    /// Returns the requested range; the most recent entries by default.
    pub(in crate::http) fn page(&self) -> Result<LogRange, Problem> {
        let after = number("after", self.after.as_deref())?;
        let before = number("before", self.before.as_deref())?;
        Ok(LogRange::of(after, before, limit(self.limit.as_deref())?))
    }

    /// Returns the requested range; all entries by default.
    pub(in crate::http) fn page_or_all(&self) -> Result<LogRange, Problem> {
        let is_default = self.after.is_none() && self.before.is_none() && self.limit.is_none();
        if is_default { Ok(LogRange::All) } else { self.page() }
    }
}

/// Pagination parameters of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ListQuery {
    /// The `cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$")]
    cursor: Option<String>,
    /// Maximum number of items, up to 200; a page has fewer if they are long, see `has_more`.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl ListQuery {
    /// Returns the requested page.
    pub(in crate::http) fn page(&self) -> Result<PageRequest, Problem> {
        let after = match &self.cursor {
            None => 0,
            Some(cursor) => read_cursor(cursor).ok_or_else(|| Problem::invalid("cursor", "must be the cursor of a previous page"))?,
        };
        Ok(PageRequest { after, limit: limit(self.limit.as_deref())?.unwrap_or(MAX_PAGE_SIZE) })
    }
}

/// Pagination parameters of a list of accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct NamedQuery {
    /// The `cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]{3,43}$")]
    cursor: Option<String>,
    /// Maximum number of items, up to 200.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl NamedQuery {
    /// Returns the requested page.
    pub(in crate::http) fn page(&self) -> Result<NamedPage, Problem> {
        let after = match &self.cursor {
            None => None,
            Some(cursor) => Some(read_named_cursor(cursor).ok_or_else(|| Problem::invalid("cursor", "must be the cursor of a previous page"))?),
        };
        Ok(NamedPage { after, limit: limit(self.limit.as_deref())?.unwrap_or(MAX_PAGE_SIZE) })
    }
}

/// Pagination parameters of a list of chats.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct RecentQuery {
    /// The `cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]{53}[AQgw]$")]
    cursor: Option<String>,
    /// Maximum number of items, up to 200; a page has fewer if they are long, see `has_more`.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl RecentQuery {
    /// Returns the requested page.
    pub(in crate::http) fn page(&self) -> Result<RecentPage, Problem> {
        let after = match &self.cursor {
            None => None,
            Some(cursor) => Some(read_recent_cursor(cursor).ok_or_else(|| Problem::invalid("cursor", "must be the cursor of a previous page"))?),
        };
        Ok(RecentPage { after, limit: limit(self.limit.as_deref())?.unwrap_or(MAX_PAGE_SIZE) })
    }
}

/// The number of a page, and its size.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct NumberedQuery {
    /// The number of the page, counted from 1: the first one has the latest messages.
    #[param(value_type = Option<u64>, minimum = 1)]
    page: Option<String>,
    /// Messages of a page, up to 200. Default: 50.
    #[param(value_type = Option<u64>, minimum = 1)]
    per_page: Option<String>,
}

impl NumberedQuery {
    /// Returns the requested page.
    pub(in crate::http) fn page(&self) -> Result<NumberedPage, Problem> {
        let positive = |field, text: &Option<String>, default| match number(field, text.as_deref())? {
            Some(0) => Err(Problem::invalid(field, "must be 1 or more")),
            given => Ok(given.unwrap_or(default)),
        };
        let per_page = positive("per_page", &self.per_page, DEFAULT_PER_PAGE)?.min(MAX_PAGE_SIZE as u64);
        Ok(NumberedPage { page: positive("page", &self.page, 1)?, per_page })
    }
}

/// Presents a page of a list of chats. `position` returns an item's position, for the cursor.
pub(in crate::http) fn recent_page<T, W: Serialize>(page: &Page<T>, position: impl Fn(&T) -> ChatPosition, present: impl Fn(&T) -> W) -> List<W> {
    let items = take_fitting(page.items.iter().map(present));
    let has_more = page.has_more || items.len() < page.items.len();
    let cursor = page.items[..items.len()].last().filter(|_| has_more).map(|last| write_recent_cursor(position(last)));
    List { items, has_more, cursor }
}

/// Presents a page of a list of accounts. `username` returns an item's username, for the cursor.
pub(in crate::http) fn named_page<T, W: Serialize>(page: &Page<T>, username: impl Fn(&T) -> &str, present: impl Fn(&T) -> W) -> List<W> {
    let items = take_fitting(page.items.iter().map(present));
    let has_more = page.has_more || items.len() < page.items.len();
    let cursor = page.items[..items.len()].last().filter(|_| has_more).map(|last| URL_SAFE_NO_PAD.encode(username(last)));
    List { items, has_more, cursor }
}

/// Presents a page of a list, cut to what fits into one chunk. `position` returns an item's position in the list, for the cursor.
pub(in crate::http) fn list_page<T, W: Serialize>(page: &Page<T>, position: impl Fn(&T) -> u64, present: impl Fn(&T) -> W) -> List<W> {
    let items = take_fitting(page.items.iter().map(present));
    let has_more = page.has_more || items.len() < page.items.len();
    let cursor = page.items[..items.len()].last().filter(|_| has_more).map(|last| write_cursor(position(last)));
    List { items, has_more, cursor }
}

/// Presents a page of a log, cut to what fits into one chunk. The next page in the same direction starts with what was cut.
pub(in crate::http) fn log_page<T, W: Serialize>(range: LogRange, page: &Page<T>, present: impl Fn(&T) -> W) -> wire::lists::LogPage<W> {
    let items = match range {
        LogRange::Backward { .. } => {
            let mut items = take_fitting(page.items.iter().rev().map(present));
            items.reverse();
            items
        }
        LogRange::All | LogRange::Forward { .. } => take_fitting(page.items.iter().map(present)),
    };
    let has_more = page.has_more || items.len() < page.items.len();
    wire::lists::LogPage { items, has_more }
}

/// Parses an unsigned number. One that is too large saturates.
pub(in crate::http) fn number(field: &'static str, text: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::invalid(field, "must be a number, 0 or more"));
    }
    Ok(Some(text.parse().unwrap_or(u64::MAX)))
}

fn limit(text: Option<&str>) -> Result<Option<usize>, Problem> {
    match number("limit", text)? {
        None => Ok(None),
        Some(0) => Err(Problem::invalid("limit", "must be 1 or more")),
        Some(limit) => Ok(Some(usize::try_from(limit).unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE))),
    }
}

fn read_named_cursor(cursor: &str) -> Option<Username> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Username::parse(str::from_utf8(&bytes).ok()?).ok()
}

fn write_recent_cursor(position: ChatPosition) -> String {
    URL_SAFE_NO_PAD.encode([&position.updated_at.millis().to_be_bytes()[..], position.chat.bytes()].concat())
}

fn read_recent_cursor(cursor: &str) -> Option<ChatPosition> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (updated_at, chat) = bytes.split_first_chunk()?;
    let chat = ChatId::parse_or_nil(&URL_SAFE_NO_PAD.encode(chat));
    (chat != ChatId::NIL).then(|| ChatPosition { updated_at: Timestamp::from_millis(i64::from_be_bytes(*updated_at)), chat })
}

fn write_cursor(position: u64) -> String {
    URL_SAFE_NO_PAD.encode(position.to_be_bytes())
}

fn read_cursor(cursor: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
