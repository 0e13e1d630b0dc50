//! Pages in queries: numbers and cursors as clients write them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::parts::fitting;
use super::problem::Problem;
use crate::domain::page::{Cut, ListPage, LogPage, MOST};
use crate::wire;
use crate::wire::lists::List;

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// Only what came after this number.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// Only what came before this number.
    #[param(value_type = Option<u64>)]
    before: Option<String>,
    /// At most so many, up to 200, and fewer where they are long: `has_more` tells. Alone or with `before`, it gives the most recent ones.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl LogQuery {
    /// The page; the most recent entries, where nothing is asked.
    pub(super) fn page(&self) -> Result<LogPage, Problem> {
        let after = number("after", self.after.as_deref())?;
        let before = number("before", self.before.as_deref())?;
        Ok(LogPage::of(after, before, limit(self.limit.as_deref())?))
    }

    /// The page; all there is, where nothing is asked.
    pub(super) fn page_or_all(&self) -> Result<LogPage, Problem> {
        let nothing_asked = self.after.is_none() && self.before.is_none() && self.limit.is_none();
        if nothing_asked { Ok(LogPage::All) } else { self.page() }
    }
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// What the part before this one ended with.
    #[param(pattern = "^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$")]
    cursor: Option<String>,
    /// At most so many, up to 200, and fewer where they are long: `has_more` tells.
    #[param(value_type = Option<u64>, minimum = 1)]
    limit: Option<String>,
}

impl ListQuery {
    /// The page.
    pub(super) fn page(&self) -> Result<ListPage, Problem> {
        let after = match &self.cursor {
            None => 0,
            Some(cursor) => read_cursor(cursor).ok_or_else(|| Problem::invalid("cursor", "must be one that a list ended with"))?,
        };
        Ok(ListPage { after, limit: limit(self.limit.as_deref())?.unwrap_or(MOST) })
    }
}

/// A part of a list as it is answered, as many as fit into one piece; `place` says where in the list an item stands.
pub(super) fn list<T, W: Serialize>(cut: &Cut<T>, place: impl Fn(&T) -> u64, present: impl Fn(&T) -> W) -> List<W> {
    let items = fitting(cut.items.iter().map(present));
    let has_more = cut.has_more || items.len() < cut.items.len();
    let cursor = cut.items[..items.len()].last().filter(|_| has_more).map(|last| write_cursor(place(last)));
    List { items, has_more, cursor }
}

/// A page of a log as it is answered. Where not all of it fits into one piece, what is left out is what the next page in its direction begins with.
pub(super) fn log_page<T, W: Serialize>(page: LogPage, cut: &Cut<T>, present: impl Fn(&T) -> W) -> wire::lists::LogPage<W> {
    let items = match page {
        LogPage::Backward { .. } => {
            let mut items = fitting(cut.items.iter().rev().map(present));
            items.reverse();
            items
        }
        LogPage::All | LogPage::Forward { .. } => fitting(cut.items.iter().map(present)),
    };
    let has_more = cut.has_more || items.len() < cut.items.len();
    wire::lists::LogPage { items, has_more }
}

/// A number without sign; one that is too large is the largest there is.
pub(super) fn number(field: &'static str, text: Option<&str>) -> Result<Option<u64>, Problem> {
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
        Some(limit) => Ok(Some(usize::try_from(limit).unwrap_or(MOST).min(MOST))),
    }
}

fn write_cursor(place: u64) -> String {
    URL_SAFE_NO_PAD.encode(place.to_be_bytes())
}

fn read_cursor(cursor: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
