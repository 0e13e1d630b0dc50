//! A shelf: things at numbers, which are given out again.

/// Things, each at its number.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    things: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { things: Vec::new(), free: Vec::new() }
    }
}

impl<T> Shelf<T> {
    /// The number that the next thing gets.
    pub(super) fn next(&self) -> u32 {
        self.free.last().copied().unwrap_or_else(|| u32::try_from(self.things.len()).unwrap_or(u32::MAX))
    }

    /// Puts a thing where [`Shelf::next`] said.
    pub(super) fn put(&mut self, thing: T) -> u32 {
        let number = self.next();
        if self.free.pop().is_some() {
            self.things[number as usize] = Some(thing);
        } else {
            self.things.push(Some(thing));
        }
        number
    }

    pub(super) fn get(&mut self, number: u32) -> Option<&mut T> {
        self.things.get_mut(number as usize)?.as_mut()
    }

    /// Takes a thing away. Whatever was only needed while there were more is given back.
    pub(super) fn take(&mut self, number: u32) -> Option<T> {
        let thing = self.things.get_mut(number as usize)?.take()?;
        self.free.push(number);
        if self.free.len() == self.things.len() {
            *self = Self::default();
        }
        Some(thing)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_out_again() {
        let mut shelf = Shelf::default();
        assert_eq!((shelf.next(), shelf.put('a'), shelf.put('b'), shelf.put('c')), (0, 0, 1, 2));
        assert_eq!((shelf.take(1), shelf.take(1), shelf.get(1)), (Some('b'), None, None));
        assert_eq!((shelf.next(), shelf.put('d'), shelf.get(1).copied()), (1, 1, Some('d')));
        assert_eq!([0, 1, 2].map(|number| shelf.take(number).is_some()), [true; 3]);
        assert!(shelf.is_empty());
    }
}
