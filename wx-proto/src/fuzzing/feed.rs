//! Choices made by bytes.

/// Reads an input front to back, so that a seed can be written by hand and a mutation of one byte
/// changes one choice. Where there is nothing left, everything is 0.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    rest: &'a [u8],
}

impl<'a> Feed<'a> {
    /// All of an input.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or_default()
    }

    /// The next two bytes, the lower one first.
    pub fn word(&mut self) -> u16 {
        let low = self.byte();
        u16::from_le_bytes([low, self.byte()])
    }

    /// One of a list that is not empty, by one byte.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = usize::from(self.byte());
        from.get(at % from.len().max(1)).copied()
    }

    /// A run of bytes: its length in two, then itself, as far as it is there.
    pub fn run(&mut self) -> &'a [u8] {
        let len = usize::from(self.word());
        self.bytes(len)
    }

    /// What is left.
    #[must_use]
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}
