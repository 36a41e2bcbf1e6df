//! What an application holds of a session.

use std::io::{self, SeekFrom};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt};
use tokio::task::spawn_blocking;
use wx_proto::driver::{Call, CallError, Events, Handle, Kept, Lent, Piece, Store, StoreError};
use wx_proto::driver::{Unsaved, Watch, Work, tls::seed_or_panic};
use wx_proto::{
    Client, Close, Command, CommandId, Config, EventId, ReadBlock, Snapshot, SourceError,
};

use crate::{driver, transport::Transport};

/// A handle of one login. Clone it into as many tasks as needed; all act on the same session.
///
/// When the last handle and the [`Events`] are dropped, the session ends without a logout.
#[derive(Clone, Debug)]
pub struct Session {
    handle: Handle,
}

impl Session {
    /// Starts a session that will ask for a scan: watch the events for a QR code.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or if the operating system has no randomness to give. The runtime
    /// needs time and I/O: without them the session is over at once.
    pub fn spawn(config: Config, transport: &Transport) -> (Self, Events) {
        Self::drive(Client::new(config, seed_or_panic()), transport)
    }

    /// Starts a session that goes on where the snapshot was taken. If the service no longer accepts
    /// that, it asks the phone, and then for a scan, as far as [`Relogin`](wx_proto::Relogin) allows.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub fn resume(config: Config, transport: &Transport, from: Snapshot) -> (Self, Events) {
        Self::drive(Client::resume(config, seed_or_panic(), from), transport)
    }

    /// Starts a session that is kept in a store, such as a
    /// [`SessionFile`](wx_proto::driver::SessionFile): the one that is there goes on, or else a new
    /// one begins. It is [saved](Kept) whenever it has changed. `on_error` hears of each save that
    /// fails.
    ///
    /// # Errors
    ///
    /// There is something in the store, and it is of no use. It was left as it is.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub async fn keep(
        config: Config,
        transport: &Transport,
        store: impl Store,
        on_error: impl FnMut(Unsaved) + Send + 'static,
    ) -> Result<(Self, Events), StoreError> {
        let seed = seed_or_panic();
        let open = spawn_blocking(|| Kept::open(config, seed, store, on_error));
        let kept = open
            .await
            .map_err(|failed| StoreError::Load(failed.into()))??;
        Ok(Self::drive(kept, transport))
    }

    /// Starts a session of a client of the caller's own making, with a seed of its own, and
    /// perhaps a [store](Kept::open). It must not have been told the time yet: that is counted from
    /// here.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn drive(client: impl Into<Kept>, transport: &Transport) -> (Self, Events) {
        let (handle, events) = driver::start(client.into(), transport.clone());
        (Self { handle }, events)
    }

    /// Carries a command out.
    ///
    /// The command is submitted when the future is first polled; commands take effect in that
    /// order. Dropping the future cancels the command, though it may be too late for what is on the
    /// wire.
    ///
    /// # Errors
    ///
    /// Whatever the command fails with, and [`CallError::Stopped`].
    pub async fn call<C: Command>(&self, command: C) -> Result<C::Reply, CallError> {
        self.handle.submit(command, Lent::Nothing).await
    }

    /// Submits a command that nobody waits for, now: what comes of it is dropped. It has neither a
    /// source nor a sink. `None`: the session is over.
    ///
    /// Nothing cancels it but the end of the session, which it does not put off.
    pub fn post<C: Command>(&self, command: C) -> Option<CommandId> {
        self.handle.post(command)
    }

    /// Carries out a command that sends what `source` holds. It is read block by block, from
    /// where and as often as it takes; where it stands before does not matter.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). A source that fails, ends too early or changes meanwhile fails
    /// the command.
    pub async fn call_reading<C: Command>(
        &self,
        command: C,
        source: &mut (impl AsyncRead + AsyncSeek + Unpin + ?Sized),
    ) -> Result<C::Reply, CallError> {
        let call = self.handle.submit(command, Lent::Source);
        let mut worker = call.worker();
        let reading = async {
            while let Some(Work::Read(block)) = worker.next().await {
                let bytes = read(source, block).await.map_err(SourceError::new);
                worker.read(block.id, bytes);
            }
        };
        beside(call, reading).await
    }

    /// Carries out a command that fetches something: it is written to `sink` as it comes, and
    /// flushed at the end.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). After any of them the sink may hold a part of what was fetched.
    /// A sink that fails fails the command.
    pub async fn call_writing<C: Command>(
        &self,
        command: C,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<C::Reply, CallError> {
        let call = self.handle.submit(command, Lent::Sink);
        let mut worker = call.worker();
        let writing = async {
            while let Some(Work::Write(piece)) = worker.next().await {
                let written = write(sink, &piece).await;
                worker.wrote(&piece, written);
            }
        };
        beside(call, writing).await
    }

    /// The application is done with an event; needed with [`Ack::Manual`](crate::Ack::Manual) only.
    pub fn acknowledge(&self, event: EventId) {
        self.handle.acknowledge(event);
    }

    /// Looks at the state of the session: roster, phase, counters.
    ///
    /// Nothing else happens to it while `view` runs, so keep that short and copy out what is needed.
    /// To use the session itself in there, or its events, is to wait for ever.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub fn inspect<T>(&self, view: impl FnOnce(&Client) -> T) -> Result<T, CallError> {
        self.handle.inspect(view)
    }

    /// The phase, for a supervisor or a status page: it can be waited for, takes nothing from the
    /// events, and keeps no session alive.
    pub fn watch(&self) -> Watch {
        self.handle.watch()
    }

    /// What to save now, in order to [`resume`](Self::resume) later. It opens the account: store it
    /// like a password. `None` before the session is open, and after a logout.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`]; the snapshot is then in [`Ended::again`](wx_proto::Ended::again).
    pub fn snapshot(&self) -> Result<Option<Snapshot>, CallError> {
        self.handle.snapshot()
    }

    /// Ends the session, and waits until nothing more is to be sent, and the end of one that is kept
    /// is saved. The events that are left can still be read afterwards.
    ///
    /// Closing begins when the future is first polled, and goes on if it is dropped after that.
    pub async fn close(&self, how: Close) {
        self.handle.close(how);
        self.handle.closed().await;
    }
}

/// Waits for the reply while the caller does its work. A source or sink that takes for ever does not
/// hide the end of its command.
async fn beside<C: Command>(
    mut call: Call<C>,
    work: impl Future<Output = ()>,
) -> Result<C::Reply, CallError> {
    tokio::select! {
        biased;
        reply = &mut call => reply,
        () = work => call.await,
    }
}

/// The whole block or nothing.
async fn read(
    source: &mut (impl AsyncRead + AsyncSeek + Unpin + ?Sized),
    block: ReadBlock,
) -> io::Result<Bytes> {
    source.seek(SeekFrom::Start(block.offset)).await?;
    let mut bytes = vec![0; block.len];
    source.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}

async fn write(sink: &mut (impl AsyncWrite + Unpin + ?Sized), piece: &Piece) -> io::Result<()> {
    if piece.bytes.is_empty() {
        return sink.flush().await;
    }
    sink.write_all(&piece.bytes).await
}
