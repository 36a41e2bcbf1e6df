//! The state machine of one login: takes commands and replies in, gives orders and events out.
//!
//! This file routes. What to do is decided in the parts.

#[cfg(feature = "record")]
mod recorded;
mod route;

use std::{collections::BTreeSet, fmt, time::Duration};

use bytes::Bytes;

#[cfg(feature = "record")]
use crate::record::{Input, Recorder};
use crate::{
    bootstrap::Bootstrap,
    command::{CommandError, Order, Submission},
    config::Config,
    cx::{Alarm, Cx, Purpose, Timer},
    directory::Directory,
    event::{EndCause, Ended, Event, EventKind, Message},
    health::Health,
    id::{BlockId, ChatId, CommandId, EventId, RequestId},
    inbox::Inbox,
    login::Login,
    message::{self, Mention},
    outbox::{Outbox, OutboxItem},
    output::{Output, Reply},
    phase::Phase,
    profile::Profile,
    recheck::Recheck,
    rng::Seed,
    roster::{Member, Roster},
    session::Session,
    snapshot::Snapshot,
    stats::{Load, Stats},
    sync::SyncLoop,
    time::{Now, Stamp},
    trace,
    transport::{SourceError, TransportError},
};

/// One login of one account, as a deterministic state machine without I/O.
///
/// The same seed and the same calls give the same outputs, byte for byte. What a driver owes it is
/// told in the [crate's manual](crate).
pub struct Client {
    cx: Cx,
    login: Login,
    bootstrap: Bootstrap,
    directory: Directory,
    sync: SyncLoop,
    recheck: Recheck,
    inbox: Inbox,
    outbox: Outbox,
    /// Commands that wait for the end.
    logouts: BTreeSet<CommandId>,
    resumed: bool,
    closing: Option<Close>,
    ended: Option<Ended>,
    #[cfg(feature = "record")]
    recorder: Option<Box<Recorder>>,
    scope: trace::Scope,
}

/// How to end a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Close {
    /// Tell the service, so that the phone no longer shows a web login. Without it the session can
    /// be resumed.
    pub logout: bool,
    /// How long submitted commands may still take. Zero completes them as
    /// [`CommandError::Closed`](crate::CommandError::Closed) at once.
    pub drain: Duration,
}

/// Life.
impl Client {
    /// A client that will ask for a scan, unless [`Relogin::scan`](crate::Relogin::scan) forbids it.
    pub fn new(config: Config, seed: Seed) -> Self {
        let session = Session::new(config.entry);
        let inbox = Inbox::new(config.limits.seen_messages);
        Self::assemble(config, &seed, session, inbox)
    }

    /// A client that goes on where a snapshot was taken. If the service no longer accepts that, it
    /// asks the phone, and then for a scan, as far as [`Relogin`](crate::Relogin) allows.
    ///
    /// A snapshot of the page for the file helper alone is not used by a client that is to enter the
    /// full one, nor the other way round: see [`Config::entry`].
    pub fn resume(config: Config, seed: Seed, from: Snapshot) -> Self {
        match from.restore() {
            Some((session, window)) if from.is_for(config.entry) => {
                let inbox = Inbox::restore(&config.limits, window);
                Self::assemble(config, &seed, session, inbox)
            }
            _ => Self::new(config, seed),
        }
    }

    fn assemble(config: Config, seed: &Seed, session: Session, inbox: Inbox) -> Self {
        let resumed = session.me.is_some();
        let cx = Cx::new(config, seed, session);
        Self {
            login: Login::new(),
            bootstrap: Bootstrap::new(resumed),
            directory: Directory::new(),
            sync: SyncLoop::new(resumed),
            recheck: Recheck::new(),
            inbox,
            outbox: Outbox::new(&cx),
            logouts: BTreeSet::new(),
            resumed,
            closing: None,
            ended: None,
            #[cfg(feature = "record")]
            recorder: None,
            scope: trace::Scope::current(),
            cx,
        }
    }

    /// Begins a call that takes something in: the clocks stand at `now`, and what is told meanwhile
    /// is told of this client.
    fn enter(&mut self, now: Now) -> trace::Entered {
        self.cx.tick(now);
        self.scope.enter()
    }

    /// Begins. Further calls do nothing.
    pub fn start(&mut self, now: Now) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::Start);
        let _told = self.enter(now);
        if self.cx.phase.current() != Phase::Idle {
            return;
        }
        if self.resumed {
            self.bootstrap.start(&mut self.cx);
        } else {
            self.login.start(&mut self.cx);
        }
        self.settle();
    }

    /// Ends the session as described by `how`. A further call may hurry it, or ask for the logout
    /// as well.
    ///
    /// Go on driving until [`is_drained`](Self::is_drained): the last requests are still to be
    /// sent, and every command still gets its completion.
    pub fn close(&mut self, now: Now, how: Close) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::close(how));
        let _told = self.enter(now);
        self.begin_close(how);
        self.settle();
    }

    /// What time it is, and nothing more.
    pub(crate) fn tell_time(&mut self, now: Now) {
        self.cx.tick(now);
    }

    /// Ends the session where it stands: nobody is left who could send anything.
    pub(crate) fn stop(&mut self, now: Now) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::Stop);
        let _told = self.enter(now);
        // Even if a logout was asked for: whether the service heard of it, nobody knows.
        self.over(EndCause::Detached);
        self.settle();
    }

    /// Whether the session is over, no order is due and nothing is in flight: the driver may stop.
    pub fn is_drained(&self) -> bool {
        self.cx.phase.current() == Phase::Closed
            && self.cx.outputs.is_empty()
            && self.cx.flights.is_empty()
    }
}

/// Commands.
impl Client {
    /// Takes a command in. Its [`Completion`](crate::Completion) comes as
    /// [`Output::Done`] under the returned id, exactly once.
    pub fn submit(&mut self, now: Now, what: Submission) -> CommandId {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::submit(&what));
        let _told = self.enter(now);
        self.cx.stats.submitted += 1;
        let id = self.outbox.next_id();
        trace::submitted(id.ordinal());
        self.take_order(id, what.order);
        self.settle();
        id
    }

    /// Completes a command as [`CommandError::Cancelled`](crate::CommandError::Cancelled), unless
    /// it is complete. A [`Logout`](crate::Logout) still ends the session.
    pub fn cancel(&mut self, now: Now, id: CommandId) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::Cancel(id.ordinal()));
        let _told = self.enter(now);
        self.outbox.cancel(&mut self.cx, id);
        if self.logouts.remove(&id) {
            // The session still ends; only nobody waits for it any more.
            let maybe_sent = self.cx.is_busy(Purpose::Logout);
            self.cx
                .complete(id, Err(CommandError::Cancelled { maybe_sent }));
        }
        self.settle();
    }

    /// The application is done with an event. Any order will do, and an unknown id does no harm.
    ///
    /// A [`snapshot`](Self::snapshot) covers only what was acknowledged, and while too much is
    /// not, messages wait at the service.
    pub fn acknowledge(&mut self, now: Now, id: EventId) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::Acknowledge(id.ordinal()));
        let _told = self.enter(now);
        if self.inbox.acknowledge(id) {
            if self.ended.is_none() {
                self.cx.emit(EventKind::SnapshotStale);
            } else {
                self.cx.events.note_stale();
            }
            if self.cx.phase.current() == Phase::Online {
                self.sync.relieved(&mut self.cx, self.inbox.open());
            }
        }
        self.settle();
    }

    fn take_order(&mut self, id: CommandId, order: Order) {
        match (self.cx.phase.current(), &self.ended) {
            (_, Some(ended)) => {
                self.refuse(id, ended.clone());
            }
            (Phase::Online | Phase::Suspect, None) => match order {
                Order::Logout(how) => self.log_out(id, how),
                Order::Job(order) => {
                    let roster = &self.directory.roster;
                    self.outbox.submit(&mut self.cx, roster, id, order);
                }
            },
            (Phase::Closing, None) if matches!(order, Order::Logout(_)) => {
                if let Order::Logout(how) = order {
                    self.log_out(id, how);
                }
            }
            (Phase::Closing, None) => {
                let ended = self.end_of(self.close_cause());
                self.refuse(id, ended);
            }
            _ => self.cx.complete(id, Err(CommandError::NotOnline)),
        }
    }

    /// Refuses what is submitted at the end, or after it.
    fn refuse(&mut self, id: CommandId, ended: Ended) {
        let error = CommandError::Closed {
            ended,
            maybe_sent: false,
        };
        self.cx.complete(id, Err(error));
    }
}

/// What the driver reports.
impl Client {
    /// The answer to a request. Ids that were answered or aborted are ignored.
    pub fn handle_reply(&mut self, now: Now, id: RequestId, reply: Result<Reply, TransportError>) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::reply(id, &reply));
        let _told = self.enter(now);
        let Some(flight) = self.cx.flights.close(id) else {
            return;
        };
        self.cx.timers.cancel(Alarm::Flight(id));
        let endpoint = flight.purpose.endpoint().name();
        match &reply {
            Ok(reply) => {
                let (status, len) = (reply.status.as_u16(), reply.body.len());
                trace::reply(id.ordinal(), endpoint, status, len, reply.streamed);
                self.take_cookies(&flight, reply);
            }
            Err(error) => trace::no_reply(id.ordinal(), endpoint, error.kind()),
        }
        self.route_reply(flight.purpose, reply);
        self.settle();
    }

    /// The answer to [`Output::Read`]. Ids that the core did not give out are ignored.
    pub fn handle_block(&mut self, now: Now, block: BlockId, data: Result<Bytes, SourceError>) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::block(block, &data));
        let _told = self.enter(now);
        self.outbox.handle_block(&mut self.cx, block, data);
        self.settle();
    }

    /// A deadline may be reached. Calling it too often, or too early, does no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        #[cfg(feature = "record")]
        self.record(Some(now), || Input::Timeout);
        let _told = self.enter(now);
        // What these arm anew is for the next call: a clock at its very end would never get past it.
        for alarm in self.cx.timers.reached(self.cx.now.mono) {
            if self.cx.timers.take(alarm, self.cx.now.mono) {
                trace::timer(Timer::from(alarm));
                self.route_alarm(alarm);
                self.settle();
            }
        }
    }
}

/// What the driver asks.
impl Client {
    /// The next order. After each call that takes something in, ask until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.cx.outputs.pop_front()
    }

    /// The next event, for an application that is ready to take one.
    pub fn poll_event(&mut self) -> Option<Event> {
        #[cfg(feature = "record")]
        if self.has_events() {
            self.record(None, || Input::Event);
        }
        let mut event = self.cx.next_event()?;
        if let EventKind::Ended(ended) = &mut event.kind {
            // What was acknowledged since it ended is not to come again.
            ended.again = self.snapshot();
        }
        Some(event)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due. May lie in the past, and may change
    /// with every call that takes something in.
    pub fn poll_timeout(&self) -> Option<Stamp> {
        self.cx.timers.next().map(|(at, _)| at)
    }

    /// Whether [`poll_event`](Self::poll_event) has something.
    pub fn has_events(&self) -> bool {
        !self.cx.events.is_empty()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("phase", &self.phase())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// Views.
impl Client {
    /// How far the session is.
    pub fn phase(&self) -> Phase {
        self.cx.phase.current()
    }

    /// Whether the service was understood within that time, as of the latest time that the client was
    /// told; adapters tell it with each look. An idle poll is held for 25 seconds, so less than a minute
    /// says little.
    pub fn health(&self, within: Duration) -> Health {
        let silent = self.cx.now.mono.since(self.sync.progress());
        Health::of(self.phase(), silent, within)
    }

    /// The own account: from a snapshot at once, else from when the session is open.
    pub fn me(&self) -> Option<&Profile> {
        self.cx.session.me.as_ref()
    }

    /// Who is known.
    pub fn roster(&self) -> &Roster {
        &self.directory.roster
    }

    /// The chat with this user name in this login, `filehelper` for example. Nothing is looked up:
    /// for people and rooms by the names they show, see [`Roster::named`]. `None` before the session
    /// is open, and on the page for the file helper alone for everybody else.
    pub fn chat(&self, user_name: &str) -> Option<ChatId> {
        let alone = self.cx.session.family.is_file_helper();
        (self.me().is_some() && (!alone || user_name == "filehelper"))
            .then(|| self.cx.session.chat(user_name))
    }

    /// Whether a message mentions this account: in a room, by its name there or its nick name. A
    /// comparison of texts, with [`Mention::Unknown`] while the members of the room are not known.
    pub fn mentions(&self, message: &Message) -> Mention {
        let (Some(text), Some(me)) = (message.body.own_words(), self.me()) else {
            return Mention::No;
        };
        if !message.chat.is_room() {
            return Mention::No;
        }
        let room = self.roster().find(message.chat.user_name());
        let in_room = room.and_then(|room| room.member(me.id.user_name()));
        let in_room = in_room.map(Member::display_name);
        message::mentions(text, &me.nick_name, in_room.as_deref())
    }

    /// What to save now, in order to resume later. Before the session is open it is what a push
    /// login needs, if that is known. `None` if it is not, and after the session ended for good.
    pub fn snapshot(&self) -> Option<Snapshot> {
        match &self.ended {
            Some(ended) if ended.again.is_none() => None,
            Some(ended) if ended.cause == EndCause::LoggedOut => self.what_a_logout_leaves(),
            // Events may still be acknowledged after the end.
            _ => self.inbox.snapshot(&self.cx),
        }
    }

    /// A number that moves whenever [`snapshot`](Self::snapshot) becomes another one. For drivers that
    /// [save](crate::driver::Keeper) it: this moves at once, also after the end, while
    /// [`EventKind::SnapshotStale`] waits for somebody who reads events.
    pub fn snapshot_revision(&self) -> u64 {
        self.cx.events.stale()
    }

    /// Whether the session was ended on purpose, and nothing is left that a later one could use.
    pub(crate) fn is_logged_out(&self) -> bool {
        let ended = self.ended.as_ref();
        ended.is_some_and(|ended| ended.cause == EndCause::LoggedOut && ended.again.is_none())
    }

    /// How many commands have not completed.
    pub fn waiting_commands(&self) -> usize {
        self.outbox.len()
    }

    /// The commands that have not completed, in order of submission.
    pub fn outbox(&self) -> impl Iterator<Item = OutboxItem> {
        self.outbox.items()
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        self.cx.stats
    }

    /// Gauges.
    pub fn load(&self) -> Load {
        Load {
            unread: self.cx.events.len(),
            unacknowledged: self.inbox.open(),
            seen: self.inbox.seen(),
            commands: self.outbox.len(),
            requests: self.cx.flights.len(),
            retries: self.cx.retries.len(),
            timers: self.cx.timers.len(),
            contacts: self.directory.roster.len(),
            cookies: self.cx.session.cookies.len(),
        }
    }

    /// Which timer [`poll_timeout`](Self::poll_timeout) speaks of.
    pub fn timeout_cause(&self) -> Option<Timer> {
        self.cx.timers.next().map(|(_, alarm)| alarm.into())
    }
}
