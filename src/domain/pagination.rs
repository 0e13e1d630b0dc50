//! Pagination of logs and lists.

use super::username::Username;

/// The maximum number of items per page (API 1, *Lists*).
pub const MAX_PAGE_SIZE: usize = 200;

/// A range of a log by sequence number; both ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRange {
    /// The whole log.
    All,
    /// The first entries after a sequence number.
    Forward {
        /// The exclusive start.
        after: u64,
        /// The exclusive end, if any.
        before: Option<u64>,
        /// The maximum number of entries.
        limit: usize,
    },
    /// The last entries before a sequence number.
    Backward {
        /// The exclusive end; `None` for the end of the log.
        before: Option<u64>,
        /// The maximum number of entries.
        limit: usize,
    },
}

impl LogRange {
    /// Builds a range from query parameters; `limit` defaults to [`MAX_PAGE_SIZE`].
    #[must_use]
    pub fn of(after: Option<u64>, before: Option<u64>, limit: Option<usize>) -> Self {
        let limit = limit.unwrap_or(MAX_PAGE_SIZE);
        match after {
            Some(after) => Self::Forward { after, before, limit },
            None => Self::Backward { before, limit },
        }
    }

    /// Restricts the range to sequence numbers up to and including `last`.
    #[must_use]
    pub fn up_to(self, last: u64) -> Self {
        let end = last.saturating_add(1);
        let earlier = |before: Option<u64>| Some(before.map_or(end, |before| before.min(end)));
        match self {
            Self::All => Self::Forward { after: 0, before: Some(end), limit: usize::MAX },
            Self::Forward { after, before, limit } => Self::Forward { after, before: earlier(before), limit },
            Self::Backward { before, limit } => Self::Backward { before: earlier(before), limit },
        }
    }

    /// Selects this range from `items`, which are in order, ignoring those numbered below `floor`.
    pub fn select<T: Clone>(self, items: impl DoubleEndedIterator<Item = T>, number: impl Fn(&T) -> u64, floor: u64) -> Page<T> {
        let visible = |item: &T| number(item) >= floor;
        match self {
            Self::All => Page { items: items.filter(visible).collect(), has_more: false },
            Self::Forward { after, before, limit } => {
                let wanted = items.filter(|item| visible(item) && number(item) > after && before.is_none_or(|end| number(item) < end));
                Page::first(wanted, limit)
            }
            Self::Backward { before, limit } => {
                let wanted = items.rev().filter(|item| before.is_none_or(|end| number(item) < end)).take_while(visible);
                let mut page = Page::first(wanted, limit);
                page.items.reverse();
                page
            }
        }
    }
}

/// One page of a longer sequence.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// True if more items follow in the requested direction.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Returns the first `limit` of `items`.
    pub fn first(mut items: impl Iterator<Item = T>, limit: usize) -> Self {
        let part: Vec<T> = items.by_ref().take(limit).collect();
        Self { items: part, has_more: items.next().is_some() }
    }
}

/// A request for a page of a list: `limit` items whose position is greater than `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The position of the last item read; 0 for the first page.
    pub after: u64,
    /// The maximum number of items.
    pub limit: usize,
}

/// A request for a page by its number: the first one has the latest items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedPage {
    /// Its number, counted from 1.
    pub page: u64,
    /// The number of items of a page.
    pub per_page: u64,
}

impl NumberedPage {
    /// Returns how many later items come before the page.
    #[must_use]
    pub fn skipped(self) -> usize {
        usize::try_from((self.page - 1).saturating_mul(self.per_page)).unwrap_or(usize::MAX)
    }
}

/// A request for a page of a list of accounts: `limit` of them whose username comes after `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPage {
    /// The username of the last account read; `None` for the first page.
    pub after: Option<Username>,
    /// The maximum number of accounts.
    pub limit: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: LogRange, floor: u64) -> (Vec<u64>, bool) {
        let page = page.select(1..=10, |n| *n, floor);
        (page.items, page.has_more)
    }

    #[test]
    fn pages_are_oldest_first_and_exclusive() {
        assert_eq!(page(LogRange::of(None, None, Some(3)), 1), (vec![8, 9, 10], true));
        assert_eq!(page(LogRange::of(None, Some(4), Some(3)), 1), (vec![1, 2, 3], false));
        assert_eq!(page(LogRange::of(Some(7), None, Some(3)), 1), (vec![8, 9, 10], false));
        assert_eq!(page(LogRange::of(Some(2), Some(6), Some(2)), 1), (vec![3, 4], true));
        assert_eq!(page(LogRange::of(Some(10), None, Some(2)), 1), (vec![], false));
    }

    #[test]
    fn nothing_from_behind_the_head_that_was_seen() {
        assert_eq!(page(LogRange::All.up_to(3), 1), (vec![1, 2, 3], false));
        assert_eq!(page(LogRange::of(None, None, Some(2)).up_to(3), 1), (vec![2, 3], true));
        assert_eq!(page(LogRange::of(Some(1), Some(9), None).up_to(3), 1), (vec![2, 3], false));
        assert_eq!(page(LogRange::of(None, Some(2), None).up_to(3), 1), (vec![1], false));
    }

    #[test]
    fn nothing_from_before_the_floor() {
        assert_eq!(page(LogRange::All, 9), (vec![9, 10], false));
        assert_eq!(page(LogRange::of(None, None, Some(3)), 9), (vec![9, 10], false));
        assert_eq!(page(LogRange::of(Some(0), None, Some(1)), 9), (vec![9], true));
    }
}
