//! Commands of no use but one: they make a driver do what no other command of this version makes it
//! do. For the conformance suite; not part of the API.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::StatusCode;

use crate::{
    command::{
        Command, CommandError,
        sealed::{Answer, Lower, Order},
    },
    cx::{Cx, Purpose},
    endpoint::{Draft, Endpoint, Repeat, Row},
    error::{ProtocolError, ProtocolErrorKind},
    event::Ended,
    hosts::HostRole,
    id::{BlockId, CommandId},
    output::{Output, Progress, ReadBlock, Reply},
    transport::{SourceError, SourceErrorKind, TransportError, TransportErrorKind},
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
    fn lower(self) -> Order {
        Order::Probe(Probe::Download)
    }

    fn raise(answer: Answer) -> Option<()> {
        matches!(answer, Answer::Nothing).then_some(())
    }
}

/// Asks for something that would happen twice if it were asked twice. The reply is its body.
#[derive(Debug)]
pub struct Once;

impl Command for Once {
    type Reply = Vec<u8>;
}

impl Lower for Once {
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
    Upload(Upload),
    Download,
    Once,
}

pub(crate) const DOWNLOAD_ROW: Row = Row {
    host: HostRole::Main,
    path: "/cgi-bin/mmwebwx-bin/webwxgetmsgimg",
    timeout: Duration::from_secs(60),
    repeat: Repeat::Idempotent,
    limit: 64 << 10,
};

pub(crate) const ONCE_ROW: Row = Row {
    host: HostRole::Main,
    path: "/cgi-bin/mmwebwx-bin/webwxcreatechatroom",
    timeout: Duration::from_secs(60),
    repeat: Repeat::AtMostOnce,
    limit: 64 << 10,
};

/// Probes under way.
#[derive(Default)]
pub(crate) struct Probes {
    blocks: u64,
    open: BTreeMap<CommandId, Open>,
}

enum Open {
    Upload(Reading),
    Download { asked: u32 },
    Once,
}

struct Reading {
    command: Upload,
    /// What is asked for, and where it starts.
    asked: (BlockId, u64),
    got: Vec<u8>,
}

impl Probes {
    pub(crate) fn submit(&mut self, cx: &mut Cx, id: CommandId, probe: Probe) {
        let open = match probe {
            Probe::Upload(command) => Open::Upload(Reading {
                asked: (self.ask(cx, id, &command, 0), 0),
                command,
                got: Vec::new(),
            }),
            Probe::Download => Open::Download { asked: 0 },
            Probe::Once => Open::Once,
        };
        self.open.insert(id, open);
        self.issue(cx, id);
    }

    fn ask(&mut self, cx: &mut Cx, command: CommandId, of: &Upload, offset: u64) -> BlockId {
        self.blocks += 1;
        let id = BlockId::new(self.blocks);
        let left = usize::try_from(of.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = left.min(of.block.max(1));
        cx.outputs.push_back(Output::Read(ReadBlock {
            id,
            command,
            offset,
            len,
        }));
        id
    }

    fn issue(&mut self, cx: &mut Cx, id: CommandId) {
        match self.open.get_mut(&id) {
            Some(Open::Download { asked }) => {
                *asked += 1;
                cx.send(Purpose::Probe(id, Endpoint::ProbeDownload), |_, _| {
                    let target = DOWNLOAD_ROW.path.to_owned();
                    Draft::ajax(Endpoint::ProbeDownload, target).into_sink_of(id)
                });
            }
            Some(Open::Once) => cx.send(Purpose::Probe(id, Endpoint::ProbeOnce), |_, _| {
                let target = ONCE_ROW.path.to_owned();
                Draft::json(Endpoint::ProbeOnce, target, &BTreeMap::<&str, &str>::new())
            }),
            _ => {}
        }
    }

    pub(crate) fn handle_block(
        &mut self,
        cx: &mut Cx,
        block: BlockId,
        data: Result<Bytes, SourceError>,
    ) {
        let is_asked = |open: &Open| matches!(open, Open::Upload(it) if it.asked.0 == block);
        let Some((&id, _)) = self.open.iter().find(|(_, open)| is_asked(open)) else {
            return;
        };
        let Some(Open::Upload(mut reading)) = self.open.remove(&id) else {
            return;
        };
        let (data, offset) = match data {
            Ok(data) => (data, reading.asked.1),
            Err(error) => return cx.complete(id, Err(CommandError::Source(error.kind()))),
        };
        let total = reading.command.len;
        let is_again = reading.got.len() as u64 == total;
        if is_again {
            // The same bytes, or the source is not what it was.
            let same = reading.got.starts_with(&data)
                && data.len() as u64 == total.min(block_len(&reading));
            let result = if same {
                Ok(Answer::Read(reading.got))
            } else {
                Err(CommandError::Source(SourceErrorKind::Changed))
            };
            return cx.complete(id, result);
        }
        let expected = (total - offset).min(block_len(&reading));
        if data.len() as u64 != expected {
            return cx.complete(id, Err(CommandError::Source(SourceErrorKind::Changed)));
        }
        reading.got.extend_from_slice(&data);
        let done = reading.got.len() as u64;
        cx.outputs.push_back(Output::Progress(Progress {
            command: id,
            done,
            total: Some(total),
        }));
        let next = if done == total { 0 } else { done };
        reading.asked = (self.ask(cx, id, &reading.command, next), next);
        self.open.insert(id, Open::Upload(reading));
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        id: CommandId,
        reply: Result<Reply, TransportError>,
    ) {
        let result = match (self.open.get(&id), reply) {
            (None, _) => return,
            (Some(Open::Download { asked: 1 }), Err(error))
                if error.reached_sink() == 0 && error.is_retryable() =>
            {
                return self.issue(cx, id);
            }
            (Some(_), Err(error)) => Err(CommandError::Transport {
                attempts: 1,
                last: error.kind(),
                maybe_sent: !error.nothing_sent(),
            }),
            (Some(open), Ok(reply)) if reply.status == StatusCode::OK => match open {
                // A page in place of a picture was kept back from the sink.
                Open::Download { .. } if !reply.body.is_empty() => Err(refused(
                    Endpoint::ProbeDownload,
                    ProtocolErrorKind::Unreadable,
                )),
                Open::Download { .. } => Ok(Answer::Nothing),
                _ => Ok(Answer::Read(reply.body.to_vec())),
            },
            (Some(_), Ok(reply)) => Err(refused(
                Endpoint::ProbeOnce,
                ProtocolErrorKind::Status(reply.status.as_u16()),
            )),
        };
        self.open.remove(&id);
        cx.complete(id, result);
    }

    /// A request took too long, and nobody knows how much of the reply reached the sink.
    pub(crate) fn timed_out(&mut self, cx: &mut Cx, id: CommandId) {
        if self.open.remove(&id).is_some() {
            let last = TransportErrorKind::TimedOut;
            cx.complete(
                id,
                Err(CommandError::Transport {
                    attempts: 1,
                    last,
                    maybe_sent: true,
                }),
            );
        }
    }

    pub(crate) fn cancel(&mut self, cx: &mut Cx, id: CommandId) {
        if self.open.remove(&id).is_some() {
            abort(cx, id);
            cx.complete(id, Err(CommandError::Cancelled { maybe_sent: true }));
        }
    }

    pub(crate) fn close(&mut self, cx: &mut Cx, ended: &Ended) {
        for id in std::mem::take(&mut self.open).into_keys() {
            abort(cx, id);
            cx.complete(id, Err(CommandError::Closed(ended.clone())));
        }
    }
}

fn abort(cx: &mut Cx, id: CommandId) {
    cx.abort(Purpose::Probe(id, Endpoint::ProbeDownload));
    cx.abort(Purpose::Probe(id, Endpoint::ProbeOnce));
}

fn block_len(reading: &Reading) -> u64 {
    reading.command.block.max(1) as u64
}

fn refused(endpoint: Endpoint, kind: ProtocolErrorKind) -> CommandError {
    CommandError::Protocol(ProtocolError::bare(endpoint, kind))
}
