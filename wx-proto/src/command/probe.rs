//! Commands of no use but one: they make a driver do what no other command of this version makes it
//! do. For the conformance suite; not part of the API.

use super::{
    Command,
    sealed::{Answer, Lower, Order},
};

/// Reads a source in blocks, from the start to the end, and then its first block once more. The
/// reply is what was read.
#[derive(Debug)]
pub struct Upload {
    /// How long the source is, in bytes.
    pub len: u64,
    /// How long a block is.
    pub block: usize,
}

impl Command for Upload {
    type Reply = Vec<u8>;
}

impl Lower for Upload {
    type Raised = Vec<u8>;

    fn lower(self) -> Order {
        Order::Probe(Probe::Upload(self))
    }

    fn raise(answer: Answer) -> Option<Vec<u8>> {
        match answer {
            Answer::Read(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Gets a picture, for the caller's sink. Asked twice at most, and only once if a byte has reached
/// the sink.
#[derive(Debug)]
pub struct Download;

impl Command for Download {
    type Reply = ();
}

impl Lower for Download {
    type Raised = ();

    fn lower(self) -> Order {
        Order::Probe(Probe::Download)
    }

    fn raise(answer: Answer) -> Option<()> {
        matches!(answer, Answer::Done).then_some(())
    }
}

/// Asks for something that would happen twice if it were asked twice. The reply is its body.
#[derive(Debug)]
pub struct Once;

impl Command for Once {
    type Reply = Vec<u8>;
}

impl Lower for Once {
    type Raised = Vec<u8>;

    fn lower(self) -> Order {
        Order::Probe(Probe::Once)
    }

    fn raise(answer: Answer) -> Option<Vec<u8>> {
        Upload::raise(answer)
    }
}

/// One of them, lowered.
#[derive(Debug)]
pub enum Probe {
    /// See [`Upload`].
    Upload(Upload),
    /// See [`Download`].
    Download,
    /// See [`Once`].
    Once,
}
