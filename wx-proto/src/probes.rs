//! Carries out the probes of the conformance suite.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;

use crate::{
    command::{
        Answer, CommandError,
        probe::{Probe, Upload},
    },
    cx::{Cx, Purpose},
    endpoint::{Endpoint, probe},
    error::{ProtocolError, ProtocolErrorKind},
    event::Ended,
    id::{BlockId, CommandId},
    output::{Output, Progress, ReadBlock, Reply},
    transport::{SourceError, SourceErrorKind, TransportError, TransportErrorKind},
};

/// Probes under way.
#[derive(Default)]
pub(crate) struct Probes {
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
        let id = cx.next_block();
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
                    probe::download(id)
                });
            }
            Some(Open::Once) => cx.send(Purpose::Probe(id, Endpoint::ProbeOnce), |_, _| {
                probe::once()
            }),
            _ => {}
        }
    }

    /// `Some`: the block is somebody else's.
    pub(crate) fn handle_block(
        &mut self,
        cx: &mut Cx,
        block: BlockId,
        data: Result<Bytes, SourceError>,
    ) -> Option<Result<Bytes, SourceError>> {
        let is_asked = |open: &Open| matches!(open, Open::Upload(it) if it.asked.0 == block);
        let Some((&id, _)) = self.open.iter().find(|(_, open)| is_asked(open)) else {
            return Some(data);
        };
        self.took(cx, id, data);
        None
    }

    fn took(&mut self, cx: &mut Cx, id: CommandId, data: Result<Bytes, SourceError>) {
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
                if error.reached_sink() == 0
                    && error.is_retryable()
                    // Nobody knows how much of a reply that took too long reached the sink.
                    && error.kind() != TransportErrorKind::TimedOut =>
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
                Open::Download { .. } => Ok(Answer::Done),
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
