//! A queue that grows by doubling, in safe code that the compiler writes out at the place of use.
//!
//! `VecDeque` would do, but its `push_back` is a call: the element is put together on the stack and copied from there, which costs more than
//! all the rest of a post.

/// The first allocation: most actors never have more waiting.
const FIRST: usize = 4;

/// First in, first out.
pub(super) struct Ring<T> {
    /// A power of two of them, or none.
    places: Box<[Option<T>]>,
    /// Counts without end; its low bits are the place of the first element.
    head: usize,
    len: usize,
}

/// A place of a ring that is empty, and counts as taken.
pub(in crate::kernel) struct Place<'r, T>(&'r mut Option<T>);

impl<T> Place<'_, T> {
    #[inline(always)]
    pub(in crate::kernel) fn put(self, element: T) {
        let empty = self.0.replace(element);
        debug_assert!(empty.is_none(), "a place behind the last element is empty");
        // The compiler does not know that, and would write out the drop of what is not there.
        std::mem::forget(empty);
    }
}

impl<T> Ring<T> {
    pub(super) fn new() -> Self {
        Self {
            places: Box::default(),
            head: 0,
            len: 0,
        }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Where the element `at` behind the first is.
    #[inline(always)]
    fn place(&self, at: usize) -> usize {
        self.head.wrapping_add(at) & self.places.len().wrapping_sub(1)
    }

    #[inline(always)]
    pub(super) fn push_back(&mut self, element: T) {
        self.place_back().put(element);
    }

    /// The place behind the last element, for another one. Whatever can fail has not failed when it is there.
    #[inline(always)]
    pub(super) fn place_back(&mut self) -> Place<'_, T> {
        if self.len == self.places.len() {
            self.grow();
        }
        let place = self.place(self.len);
        let place = &mut self.places[place];
        self.len += 1;
        Place(place)
    }

    #[inline(always)]
    pub(super) fn pop_front(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let place = self.place(0);
        let first = self.places[place].take();
        self.head = self.head.wrapping_add(1);
        self.len -= 1;
        first
    }

    #[inline(always)]
    pub(super) fn front(&self) -> Option<&T> {
        self.places.get(self.place(0))?.as_ref()
    }

    /// The element `at` behind the first.
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        if at < self.len {
            self.places.get(self.place(at))?.as_ref()
        } else {
            None
        }
    }

    /// The element `at` behind the first, to be changed.
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if at < self.len {
            let place = self.place(at);
            self.places.get_mut(place)?.as_mut()
        } else {
            None
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len).filter_map(|at| self.get(at))
    }

    /// Takes the element `at` behind the first out; those behind it move up.
    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        if at >= self.len {
            return None;
        }
        let place = self.place(at);
        let removed = self.places[place].take();
        for behind in at..self.len - 1 {
            let (to, from) = (self.place(behind), self.place(behind + 1));
            self.places.swap(to, from);
        }
        self.len -= 1;
        removed
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.places.len() * 2).max(FIRST);
        let mut places = Vec::with_capacity(room);
        for at in 0..self.len {
            let place = self.place(at);
            places.push(self.places[place].take());
        }
        places.resize_with(room, || None);
        self.places = places.into_boxed_slice();
        self.head = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::Ring;

    proptest! {
        #[test]
        fn a_ring_is_a_queue(steps in proptest::collection::vec((0_u8..8, 0_usize..40), 0..400)) {
            let mut ring = Ring::new();
            let mut queue = VecDeque::new();
            for (n, (what, at)) in steps.into_iter().enumerate() {
                match what {
                    0..=3 => {
                        ring.push_back(n);
                        queue.push_back(n);
                    }
                    4..=6 => prop_assert_eq!(ring.pop_front(), queue.pop_front()),
                    _ => prop_assert_eq!(ring.remove(at), queue.remove(at)),
                }
                prop_assert_eq!(ring.front(), queue.front());
                prop_assert_eq!(ring.get(at), queue.get(at));
                prop_assert!(ring.iter().eq(&queue));
                prop_assert_eq!(ring.len(), queue.len());
            }
        }
    }
}
