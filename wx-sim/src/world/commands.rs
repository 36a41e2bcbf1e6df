//! Commands of the applications in a world, with what they read from and write to.

use bytes::Bytes;
use wx_proto::{Command, CommandError, CommandId, Completion, Submission};

use super::{PeerId, Pending, World, peer::Peer};

impl World {
    /// Submits a command, with nothing to read from and nothing to write to.
    pub fn submit<C: Command>(&mut self, id: PeerId, command: C) -> Pending<C> {
        self.submit_with(id, command, |_, _| {})
    }

    /// Submits a command that reads from `source`.
    pub fn submit_reading<C: Command>(
        &mut self,
        id: PeerId,
        command: C,
        source: impl Into<Bytes>,
    ) -> Pending<C> {
        let source = source.into();
        self.submit_with(id, command, |peer, command| {
            peer.sources.insert(command, source);
        })
    }

    /// Submits a command that writes to a [sink](Self::sink).
    pub fn submit_writing<C: Command>(&mut self, id: PeerId, command: C) -> Pending<C> {
        self.submit_with(id, command, |peer, command| {
            peer.sinks.insert(command, Vec::new());
        })
    }

    fn submit_with<C: Command>(
        &mut self,
        id: PeerId,
        command: C,
        lend: impl FnOnce(&mut Peer, CommandId),
    ) -> Pending<C> {
        let now = self.clock();
        let (submission, ticket) = Submission::new(command);
        let peer = self.peer_mut(id);
        let command = peer.client.submit(now, submission);
        peer.pending.insert(command);
        lend(peer, command);
        self.drain(id);
        Pending { command, ticket }
    }

    /// Something else is in the source of a command from now on; nothing, if there is no source.
    pub fn set_source(&mut self, id: PeerId, command: CommandId, source: Option<Bytes>) {
        let sources = &mut self.peer_mut(id).sources;
        match source {
            Some(source) => sources.insert(command, source),
            None => sources.remove(&command),
        };
    }

    /// What a command has written so far.
    #[must_use]
    pub fn sink(&self, id: PeerId, command: CommandId) -> &[u8] {
        let sink = self.peer(id).sinks.get(&command);
        sink.map_or(&[], |written| written)
    }

    /// What a command told of its progress, in order: bytes that are through.
    #[must_use]
    pub fn progress(&self, id: PeerId, command: CommandId) -> Vec<u64> {
        let told = self.peer(id).progress.iter();
        let of = told.filter(|progress| progress.command == command);
        of.map(|progress| progress.done).collect()
    }

    /// Cancels a command.
    pub fn cancel(&mut self, id: PeerId, command: CommandId) {
        let now = self.clock();
        self.peer_mut(id).client.cancel(now, command);
        self.drain(id);
    }

    /// Whether a command is complete, and what came of it was not asked for yet.
    #[must_use]
    pub fn is_done(&self, id: PeerId, command: CommandId) -> bool {
        self.peer(id).done.contains_key(&command)
    }

    /// What came of a command, once it is complete.
    pub fn outcome<C: Command>(
        &mut self,
        id: PeerId,
        pending: Pending<C>,
    ) -> Option<Result<C::Reply, CommandError>> {
        let done: Completion = self.peer_mut(id).done.remove(&pending.command)?;
        Some(pending.ticket.redeem(done))
    }
}
