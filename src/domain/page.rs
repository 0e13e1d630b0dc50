//! Pages of what is too long to be read at once.

/// The most items of a page (API 1, *Lists*).
pub const MOST: usize = 200;

/// Which part of a log is wanted, by its own numbers; both ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPage {
    /// All of it.
    All,
    /// The first ones after a number.
    Forward {
        /// After which.
        after: u64,
        /// Before which, if there is an end.
        before: Option<u64>,
        /// At most so many.
        limit: usize,
    },
    /// The last ones.
    Backward {
        /// Before which, if not the very last.
        before: Option<u64>,
        /// At most so many.
        limit: usize,
    },
}

impl LogPage {
    /// The page that these numbers name; `limit` is what to take where none is given.
    #[must_use]
    pub fn of(after: Option<u64>, before: Option<u64>, limit: Option<usize>) -> Self {
        let limit = limit.unwrap_or(MOST);
        match after {
            Some(after) => Self::Forward { after, before, limit },
            None => Self::Backward { before, limit },
        }
    }

    /// The same, without anything behind the number `last`.
    #[must_use]
    pub fn up_to(self, last: u64) -> Self {
        let end = last.saturating_add(1);
        let sooner = |before: Option<u64>| Some(before.map_or(end, |before| before.min(end)));
        match self {
            Self::All => Self::Forward { after: 0, before: Some(end), limit: usize::MAX },
            Self::Forward { after, before, limit } => Self::Forward { after, before: sooner(before), limit },
            Self::Backward { before, limit } => Self::Backward { before: sooner(before), limit },
        }
    }

    /// Cuts this page out of `items`, which are in order and start at `floor`.
    pub fn cut<T: Clone>(self, items: impl DoubleEndedIterator<Item = T>, number: impl Fn(&T) -> u64, floor: u64) -> Cut<T> {
        let seen = |item: &T| number(item) >= floor;
        match self {
            Self::All => Cut { items: items.filter(seen).collect(), has_more: false },
            Self::Forward { after, before, limit } => {
                let wanted = items.filter(|item| seen(item) && number(item) > after && before.is_none_or(|end| number(item) < end));
                Cut::first(wanted, limit)
            }
            Self::Backward { before, limit } => {
                let wanted = items.rev().filter(|item| before.is_none_or(|end| number(item) < end)).take_while(seen);
                let mut cut = Cut::first(wanted, limit);
                cut.items.reverse();
                cut
            }
        }
    }
}

/// A part of something longer.
#[derive(Clone, Debug)]
pub struct Cut<T> {
    /// The part.
    pub items: Vec<T>,
    /// Whether there is more in the direction asked.
    pub has_more: bool,
}

impl<T> Cut<T> {
    /// The first `limit` of `items`.
    pub fn first(mut items: impl Iterator<Item = T>, limit: usize) -> Self {
        let part: Vec<T> = items.by_ref().take(limit).collect();
        Self { items: part, has_more: items.next().is_some() }
    }
}

/// Which part of a list is wanted: `limit` items whose place is greater than `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// The place of the last item that was read; 0 at the beginning.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(page: LogPage, floor: u64) -> (Vec<u64>, bool) {
        let cut = page.cut(1..=10, |n| *n, floor);
        (cut.items, cut.has_more)
    }

    #[test]
    fn pages_are_oldest_first_and_exclusive() {
        assert_eq!(cut(LogPage::of(None, None, Some(3)), 1), (vec![8, 9, 10], true));
        assert_eq!(cut(LogPage::of(None, Some(4), Some(3)), 1), (vec![1, 2, 3], false));
        assert_eq!(cut(LogPage::of(Some(7), None, Some(3)), 1), (vec![8, 9, 10], false));
        assert_eq!(cut(LogPage::of(Some(2), Some(6), Some(2)), 1), (vec![3, 4], true));
        assert_eq!(cut(LogPage::of(Some(10), None, Some(2)), 1), (vec![], false));
    }

    #[test]
    fn nothing_from_behind_the_head_that_was_seen() {
        assert_eq!(cut(LogPage::All.up_to(3), 1), (vec![1, 2, 3], false));
        assert_eq!(cut(LogPage::of(None, None, Some(2)).up_to(3), 1), (vec![2, 3], true));
        assert_eq!(cut(LogPage::of(Some(1), Some(9), None).up_to(3), 1), (vec![2, 3], false));
        assert_eq!(cut(LogPage::of(None, Some(2), None).up_to(3), 1), (vec![1], false));
    }

    #[test]
    fn nothing_from_before_the_floor() {
        assert_eq!(cut(LogPage::All, 9), (vec![9, 10], false));
        assert_eq!(cut(LogPage::of(None, None, Some(3)), 9), (vec![9, 10], false));
        assert_eq!(cut(LogPage::of(Some(0), None, Some(1)), 9), (vec![9], true));
    }
}
