//! What may happen to a client, one step after the other.

use super::Feed;

/// One thing that happens. What is picked from a list is picked modulo its length, and nothing
/// happens if there is nothing to pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// Time passes, in tenths of a second, past deadlines or not.
    Wait(u16),
    /// The next deadline comes.
    Due,
    /// `handle_timeout` is called, due or not.
    Early,
    /// The wall clock is set so many hours back or forth.
    Clock(u8),
    /// An open request is answered as the service would: with one of the replies it has, whole in
    /// most cases.
    Answer {
        /// Which request, from the newest.
        which: u8,
        /// Which reply, by its lower half; by the upper one, what becomes of it.
        how: u8,
    },
    /// An open request is answered with these bytes.
    Body {
        /// Which request, from the newest.
        which: u8,
        /// Which status and headers.
        head: u8,
        /// What is said.
        body: &'a [u8],
    },
    /// An open request fails.
    Fail {
        /// Which request, from the newest.
        which: u8,
        /// How.
        how: u8,
    },
    /// A request is answered that nobody waits for.
    Stale(u8),
    /// A block of a source is read, or cannot be.
    Block {
        /// Which block.
        which: u8,
        /// How it goes.
        how: u8,
    },
    /// A command is submitted.
    Submit {
        /// Which.
        what: u8,
        /// For which chat.
        chat: u8,
    },
    /// A command is cancelled, complete or not.
    Cancel(u8),
    /// The application takes so many events.
    Take(u8),
    /// The application is done with an event, or with one that never was.
    Acknowledge(u8),
    /// The session is closed.
    Close {
        /// With a logout.
        logout: bool,
        /// Seconds for what was submitted.
        drain: u8,
    },
    /// The process dies, and another one resumes from the latest snapshot.
    Crash,
}

impl<'a> Step<'a> {
    /// The next step of an input.
    pub fn read(feed: &mut Feed<'a>) -> Option<Self> {
        if feed.is_empty() {
            return None;
        }
        Some(match feed.byte() % 15 {
            0 => Self::Answer {
                which: feed.byte(),
                how: feed.byte(),
            },
            1 => Self::Wait(feed.word()),
            2 => Self::Due,
            3 => Self::Early,
            4 => Self::Clock(feed.byte()),
            5 => Self::Body {
                which: feed.byte(),
                head: feed.byte(),
                body: feed.run(),
            },
            6 => Self::Fail {
                which: feed.byte(),
                how: feed.byte(),
            },
            7 => Self::Stale(feed.byte()),
            8 => Self::Block {
                which: feed.byte(),
                how: feed.byte(),
            },
            9 => Self::Submit {
                what: feed.byte(),
                chat: feed.byte(),
            },
            10 => Self::Cancel(feed.byte()),
            11 => Self::Take(feed.byte()),
            12 => Self::Acknowledge(feed.byte()),
            13 => Self::Close {
                logout: feed.byte() & 1 != 0,
                drain: feed.byte(),
            },
            _ => Self::Crash,
        })
    }

    /// Writes the step as [`read`](Self::read) reads it.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Answer { which, how } => out.extend([0, which, how]),
            Self::Wait(tenths) => {
                out.push(1);
                out.extend(tenths.to_le_bytes());
            }
            Self::Due => out.push(2),
            Self::Early => out.push(3),
            Self::Clock(hours) => out.extend([4, hours]),
            Self::Body { which, head, body } => {
                out.extend([5, which, head]);
                let len = u16::try_from(body.len()).unwrap_or(u16::MAX);
                out.extend(len.to_le_bytes());
                out.extend(body.iter().take(len.into()));
            }
            Self::Fail { which, how } => out.extend([6, which, how]),
            Self::Stale(id) => out.extend([7, id]),
            Self::Block { which, how } => out.extend([8, which, how]),
            Self::Submit { what, chat } => out.extend([9, what, chat]),
            Self::Cancel(which) => out.extend([10, which]),
            Self::Take(events) => out.extend([11, events]),
            Self::Acknowledge(which) => out.extend([12, which]),
            Self::Close { logout, drain } => out.extend([13, logout.into(), drain]),
            Self::Crash => out.push(14),
        }
    }
}
