//! The pure helpers round messages: what notices tell, who is mentioned, what is quoted, and under
//! which name a file can be saved.

#![expect(
    clippy::panic,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod mentions;
mod names;
mod notices;
mod quotes;
